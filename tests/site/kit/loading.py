"""How pages load: for one who saves data, behind a policy, where the browser lacks something."""

import re

from playwright.sync_api import BrowserContext, Route

AHEAD = re.compile(r"/_genlab/(ort|onnx)/|/site/worker\.mjs|/home/decoder\.bin")
SAVE_DATA = """Object.defineProperty(navigator, "connection", {
  value: { saveData: true, addEventListener() {} } });"""
NO_WASM = "delete globalThis.WebAssembly;"
NO_SIMD = """{
  const validate = WebAssembly.validate.bind(WebAssembly);
  // The code of a SIMD instruction begins with 253.
  WebAssembly.validate = (bytes) => !bytes.includes(253) && validate(bytes);
}"""


def saving_data(context: BrowserContext) -> None:
    """The reader asks for as few bytes as possible: nothing is fetched ahead."""
    context.add_init_script(SAVE_DATA)


def with_policy(context: BrowserContext, policy: str, *patterns: str) -> None:
    """Serve what matches with a content security policy, as a host or a proxy may."""

    def answer(route: Route) -> None:
        response = route.fetch()
        headers = {**response.headers, "content-security-policy": policy}
        route.fulfill(response=response, headers=headers)

    for pattern in patterns:
        context.route(pattern, answer)
