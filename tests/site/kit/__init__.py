"""What the tests of the site share: a server, a watched browser, the explorer by its roles."""
