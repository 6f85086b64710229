# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium that tells what a page asked of the network and what it complained about."""
import json
import shutil

import pytest

NO_BROWSER = "no browser: apt-get install chromium chromium-driver, as tools/test --full does"


class Browser:
    """One window; `open` forgets what was logged before."""

    def __init__(self, driver):
        self.driver = driver
        self._console = []
        self._events = []

    def open(self, address, width=1280, height=900, dark=False, language="en"):
        """Opens a path or an address in a window of `width` CSS pixels, as a reader of `language`."""
        address = str(address)
        if "://" not in address:
            address = "file://" + address
        command = self.driver.execute_cdp_cmd
        command("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        command("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        command("Emulation.setUserAgentOverride", {
            "userAgent": self.driver.execute_script("return navigator.userAgent"),
            "acceptLanguage": language})
        self.driver.get("about:blank")
        self._collect()
        self._console, self._events = [], []
        self.driver.get(address)

    def _collect(self):
        self._console += self.driver.get_log("browser")
        for entry in self.driver.get_log("performance"):
            self._events.append(json.loads(entry["message"])["message"])

    def complaints(self):
        """What the console holds of warnings and errors, broken content security among them."""
        self._collect()
        return [entry["message"] for entry in self._console if entry["level"] in ("WARNING", "SEVERE")]

    def requests(self):
        """The addresses that were asked for since `open`, the page's own first."""
        self._collect()
        return [
            event["params"]["request"]["url"] for event in self._events
            if event["method"] == "Network.requestWillBeSent"]

    def run(self, script, *arguments):
        """What `script`, the body of a function, returns."""
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        """The elements that `selector` names."""
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        """The first element that `selector` names."""
        return self.driver.find_element("css selector", selector)

    def overflow(self):
        """By how many pixels the page is wider than its window."""
        return self.run("const e = document.documentElement; return e.scrollWidth - e.clientWidth")

    def wait_until(self, script, *arguments, seconds=30):
        """Waits until `script` returns something true, and gives it; fails after `seconds`."""
        from selenium.webdriver.support.wait import WebDriverWait

        return WebDriverWait(self.driver, seconds).until(lambda _: self.run(script, *arguments))


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """The browser of the session; the test is skipped, and says why, where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    binary, driver_path = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver_path:
        pytest.skip(NO_BROWSER)
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
            f"--user-data-dir={tmp_path_factory.mktemp('browser')}"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))
    driver.set_page_load_timeout(120)
    yield Browser(driver)
    driver.quit()
