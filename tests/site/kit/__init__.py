"""What the tests of the site share: a server, a watched browser, widgets by their roles, a lab."""
