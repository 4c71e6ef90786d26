"""`iamctl graph -o html` in a real browser: looked up, clicked through, and never obeyed."""

import json
import os
import shutil

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.history.conftest import Repo

# Debian calls it chromium; GitHub's runners of Ubuntu have Chrome.
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER) and "CI" not in os.environ,
    reason="no chromium here; apt-get install chromium chromium-driver",
)
SHIPPING = """\
iamctl: 1
account: {id: "123456789012", alias: acme-dev}
users:
  alice: {tags: {team: payments}}
  bob: {}
groups:
  developers: {members: [alice, bob], policies: [ReadArtifacts]}
roles:
  deployer:
    trust:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {AWS: "arn:aws:iam::123456789012:user/alice"}
          Action: sts:AssumeRole
policies:
  ReadArtifacts:
    document:
      Version: "2012-10-17"
      Statement: {Effect: Allow, Action: "s3:Get*", Resource: "arn:aws:s3:::artefacts/*"}
"""
NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\\\"\\x85{{}}"
HOSTILE = f"""\
iamctl: 1
account: {{id: "123456789012", alias: acme-dev}}
users:
  __proto__: {{}}
  constructor:
    tags: {{note: "a\\u2028b"}}
  ann:
    inline:
      Own:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Resource: "arn:aws:s3:::box/{NASTY}/*"
            Condition: {{StringLike: {{"aws:UserAgent": "{NASTY}"}}}}
roles:
  ship:
    description: "</script><script>alert(1)</script>"
    trust:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {{AWS: "arn:aws:iam::123456789012:user/ann"}}
          Action: sts:AssumeRole
          Condition: {{StringEquals: {{"sts:ExternalId": "{NASTY}"}}}}
  next:
    trust:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {{AWS: "arn:aws:iam::123456789012:role/ship"}}
          Action: sts:AssumeRole
"""


@pytest.fixture(scope="module")
def browser():
    assert all((CHROMIUM, DRIVER)), "CI has chromium and chromedriver: .ci/run installs them"
    options = webdriver.ChromeOptions()
    for option in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                   "--window-size=1300,900"):  # fmt: skip
        options.add_argument(option)
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


PAGES = {}


@pytest.fixture
def opened(browser, quick, home):
    """Opens the page of a directory, which is made once."""

    def open_(directory, *words):
        page = PAGES.get((directory, words))
        if page is None:
            home.file.write_text(directory)
            done = quick("graph", "-o", "html", *words)
            assert done.returncode == 0, done
            page = PAGES[directory, words] = done.stdout
        file = home.folder / "page.html"
        file.write_text(page)
        browser.get("about:blank")
        for log in ("browser", "performance"):
            browser.get_log(log)
        browser.get(file.as_uri())
        return browser

    return open_


def text(browser, name="details"):
    return browser.find_element(By.ID, name).text


def search(browser, words):
    field = browser.find_element(By.ID, "search")
    field.clear()
    field.send_keys(words)
    return [button.text for button in browser.find_elements(By.CSS_SELECTOR, "#found button")]


def look_up(browser, words):
    search(browser, words)
    browser.find_element(By.ID, "search").send_keys(Keys.ENTER)
    return text(browser)


def button(browser, name, within="#details"):
    found = browser.find_elements(By.CSS_SELECTOR, f"{within} button")
    return next(one for one in found if one.text == name)


def requested(browser):
    """The addresses of all that the page asked for."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [event["params"]["request"]["url"] for event in events
            if event["method"] == "Network.requestWillBeSent"]  # fmt: skip


def test_a_person_finds_an_identity_and_reads_what_it_can_do_and_why(opened):
    page = opened(SHIPPING)
    assert len(requested(page)) == 1
    assert "users" in text(page, "summary")
    assert search(page, "deploy role")[0] == "deployer role"
    told = look_up(page, "deployer")
    assert page.switch_to.active_element.text == "deployer" == text(page, "name")
    assert "Who may become it\nalice user" in told
    assert "What it can do" in told
    button(page, "alice user").click()
    assert text(page, "name") == "alice"
    told = text(page)
    assert "Roles that it may become\ndeployer role" in told
    assert "directory.yaml:" in told
    page.back()
    assert text(page, "name") == "deployer"
    assert page.get_log("browser") == []


def test_it_goes_by_keyboard_alone(opened):
    page = opened(SHIPPING)
    keys = webdriver.ActionChains(page)
    keys.send_keys(Keys.TAB, "alice", Keys.ARROW_DOWN, Keys.ENTER).perform()
    assert text(page, "name") == "alice"
    assert page.switch_to.active_element.get_attribute("id") == "name"
    ring = page.switch_to.active_element.value_of_css_property("outline-style")
    assert ring == "solid"
    webdriver.ActionChains(page).send_keys(Keys.TAB).perform()
    assert page.switch_to.active_element.tag_name == "button"
    picture = page.find_element(By.ID, "picture")
    before = picture.get_dom_attribute("viewBox")
    picture.send_keys(Keys.ARROW_LEFT, "+")
    moved = picture.get_dom_attribute("viewBox")
    assert moved != before
    picture.send_keys("0")
    page.find_element(By.ID, "out").click()
    page.find_element(By.ID, "fit").click()
    assert picture.get_dom_attribute("viewBox") != moved


def test_a_screen_reader_is_told_names_and_counts(opened):
    page = opened(SHIPPING)
    search(page, "no such thing")
    count = page.find_element(By.ID, "count")
    assert count.text.startswith("0 of ")
    assert count.get_attribute("role") == "status"
    look_up(page, "alice")
    unnamed = [e.get_attribute("outerHTML") for e in page.find_elements(By.CSS_SELECTOR,
               "button, input, nav, article, section, svg, summary")
               if e.is_displayed() and not e.accessible_name]  # fmt: skip
    assert [one for one in unnamed if not one.startswith("<summary")] == []
    assert page.find_element(By.CSS_SELECTOR, "#found [aria-current]").text == "alice user"


def test_the_picture_is_clicked_and_says_who_is_chosen(opened):
    page = opened(SHIPPING, "--focus", "role/deployer")
    assert text(page, "name") == "deployer"
    chosen = page.find_elements(By.CSS_SELECTOR, "#picture .node.chosen")
    assert [node.text for node in chosen] == ["deployer"]
    assert page.find_elements(By.CSS_SELECTOR, "#picture .edge.chosen")
    alice = next(node for node in page.find_elements(By.CSS_SELECTOR, "#picture .node.user")
                 if node.text == "alice")  # fmt: skip
    alice.click()
    assert text(page, "name") == "alice"
    with pytest.raises(NoSuchElementException):
        page.find_element(By.CSS_SELECTOR, "#picture style, #picture a, #picture title")


def test_many_drawn_as_one_are_listed(opened):
    users = ", ".join(f"u{n}: {{}}" for n in range(300))
    page = opened(f'iamctl: 1\naccount: {{id: "123456789012"}}\nusers: {{{users}}}\n')
    page.find_element(By.CSS_SELECTOR, "#picture .node.user").click()
    assert text(page, "count") == "300 drawn as one"
    more = page.find_element(By.ID, "more")
    assert more.text == "Show more, 100 are left"
    more.click()
    assert len(page.find_elements(By.CSS_SELECTOR, "#found button")) == 300
    assert page.switch_to.active_element.text == "u200 user"


def test_hostile_texts_are_shown_and_do_nothing(opened):
    page = opened(HOSTILE, "--all")
    told = look_up(page, "ann")
    assert told.count("<img src=x onerror=alert(1)>") >= 2
    assert "\\x85" in told
    assert "\x85" not in told
    assert "ship role" in told
    told = look_up(page, "next")
    assert "ship role" in told
    assert "ann user" in told
    assert "then as" in told
    assert "a\\u2028b" in look_up(page, "constructor")
    for name in ("__proto__", "constructor"):
        look_up(page, name)
        assert text(page, "name") == name
    assert page.execute_script("return document.scripts.length") == 2
    assert not page.find_elements(By.TAG_NAME, "img")
    assert page.get_log("browser") == []
    assert len(requested(page)) == 1


def test_a_script_that_got_in_would_be_stopped(opened):
    page = opened(SHIPPING)
    page.execute_cdp_cmd(
        "Runtime.evaluate",
        {
            "expression": (
                "const e = document.createElement('script'); e.textContent = 'window.got = 1';"
                "document.body.append(e);"
                "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=window.got=1>')"
            )
        },
    )
    assert page.execute_script("return window.got") is None
    log = " ".join(entry["message"] for entry in page.get_log("browser"))
    assert "Content Security Policy" in log


@pytest.fixture
def compared(opened, home):
    """The page of a change: eve instead of bob, becomes what alice did; all read and put."""
    home.file.write_text(SHIPPING)
    repo = Repo(home.folder, home.folder.parent)
    repo.git("init", "--quiet")
    repo.commit({}, "shipping")
    changed = SHIPPING.replace("  bob: {}\n", "  eve: {}\n").replace("alice, bob", "alice, eve")
    changed = changed.replace("user/alice", "user/eve").replace("payments", "ledger")
    changed = changed.replace('Action: "s3:Get*"', 'Action: ["s3:Get*", "s3:PutObject"]')
    return opened(changed, "--all", "--compare", "HEAD")


def turn(page, side):
    page.find_element(By.CSS_SELECTOR, f"input[value={side}]").click()


def lines(page):
    """The rows of the last table, as far as actions and their change go."""
    return {row.text.partition(" box")[0] for row in page.find_elements(
        By.CSS_SELECTOR, "#details tbody tr") if row.text}  # fmt: skip


def test_compared_with_a_revision_it_shows_what_is_gained_and_lost(compared):
    page = compared
    assert "since HEAD" in text(page, "summary")
    assert "2 users" in text(page, "summary")
    assert len(page.find_elements(By.CSS_SELECTOR, "#picture .edge.gained")) == 2
    lost = page.find_elements(By.CSS_SELECTOR, "#picture .edge.lost")
    assert [edge.text for edge in lost] == ["lost", "lost"]
    paths = {name: page.find_element(By.CSS_SELECTOR, f"#picture .edge.{name} path")
             for name in ("gained", "lost")}  # fmt: skip
    strokes = [rgb(path.value_of_css_property("stroke")) for path in paths.values()]
    assert strokes[0] != strokes[1]
    told = look_up(page, "bob")
    assert told.startswith("user gone\n")
    assert "It is no more. This is as of HEAD." in told
    assert "HEAD:directory.yaml" in told
    told = look_up(page, "developers")
    assert "eve user new gained" in told
    assert "bob user gone lost" in told
    assert page.get_log("browser") == []


def test_with_nothing_chosen_it_lists_what_changed(compared):
    page = compared
    told = text(page)
    assert "What changed since HEAD" in told
    assert "New: 1\neve user new\n" in told
    assert "Gone: 1\nbob user gone\n" in told
    assert "alice user what it can do" in told
    assert "deployer role who may become it" in told
    assert "developers group" in told.partition("Changed: ")[2]
    button(page, "eve user new").click()
    assert text(page, "name") == "eve"
    turn(page, "now")
    assert "What changed" not in text(page)


def test_hostile_texts_do_nothing_where_states_and_statements_are_compared(opened, home):
    long, alefs = "n" * 64, "\u05d0" * 256
    tag = "\U0001f600\u202e</script><img/src=x/onerror=alert(1)>"
    changed = HOSTILE.replace("s3:GetObject", "s3:PutObject")
    changed = changed.replace("  ann:\n", f'  {long}: {{tags: {{note: "{alefs}"}}}}\n  ann:\n')
    policy = HOSTILE[HOSTILE.index("    inline:") : HOSTILE.index("roles:")]
    changed += f"groups:\n  crew:\n    members: [ann]\n{policy}"
    home.file.write_text(HOSTILE)
    repo = Repo(home.folder, home.folder.parent)
    repo.git("init", "--quiet")
    repo.commit({}, "hostile")
    repo.git("tag", tag)
    page = opened(changed, "--all", "--compare", tag)
    assert f"since {tag}".replace("\u202e", "\\u202e") in text(page)
    assert "ann user what it can do" in text(page)
    assert "now only" in look_up(page, "ann")
    told = look_up(page, "crew")
    assert told.count("<img src=x onerror=alert(1)>") >= 2
    assert alefs in look_up(page, long)
    assert page.execute_script(
        "const shown = document.getElementById('shown');"
        "return shown.scrollWidth <= shown.clientWidth"
    )
    assert page.execute_script("return document.scripts.length") == 2
    assert not page.find_elements(By.TAG_NAME, "img")
    assert page.get_log("browser") == []
    assert len(requested(page)) == 1


def test_what_somebody_can_do_is_compared_row_by_row(compared):
    page = compared
    told = look_up(page, "alice")
    assert "team=ledger was team=payments" in told
    rows = lines(page)
    assert any(row.startswith("now only s3") and "PutObject" in row for row in rows)
    assert any(row.startswith("both s3") and "Get" in row for row in rows)
    assert "deployer role lost" in told
    told = look_up(page, "deployer")
    assert "eve user new this way gained" in told
    assert "alice user this way lost" in told
    assert "The same as of HEAD." in told


def test_a_switch_shows_either_state_alone(compared):
    page = compared
    look_up(page, "alice")
    turn(page, "was")
    assert "as of HEAD" in text(page, "summary")
    told = text(page)
    assert "payments" in told
    assert "ledger" not in told
    assert "PutObject" not in told
    assert "lost" not in told
    assert "deployer role" in told
    listed = search(page, "user/")
    assert listed == ["alice user", "bob user"]
    seen = {node.text for node in page.find_elements(By.CSS_SELECTOR, "#picture .node.user")
            if node.is_displayed()}  # fmt: skip
    assert seen == {"alice", "bob"}
    turn(page, "now")
    told = text(page)
    assert "ledger" in told
    assert "payments" not in told
    assert "PutObject" in told
    assert "deployer role" not in told
    assert search(page, "user/") == ["alice user", "eve user"]
    assert "gained" not in text(page, "picture")
    keys = webdriver.ActionChains(page)
    keys.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
    assert page.switch_to.active_element.get_attribute("value") == "now"
    page.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    assert "since HEAD" in text(page, "summary")
    told = look_up(page, "bob")
    turn(page, "now")
    assert text(page) == "user\nIt is no more."
    assert page.get_log("browser") == []


def test_a_group_says_what_its_members_get_and_a_policy_what_it_says(opened):
    page = opened(SHIPPING, "--all")
    told = look_up(page, "developers")
    assert "What its members get" in told
    row = "Allow s3:Get* arn:aws:s3:::artefacts/* ReadArtifacts directory.yaml:20"
    assert row in told
    told = look_up(page, "ReadArtifacts")
    assert "What it says" in told
    assert row in told


def test_the_picture_is_walked_through_by_keyboard(opened):
    page = opened(SHIPPING, "--all")
    picture = page.find_element(By.ID, "picture")
    picture.send_keys(Keys.ENTER)

    def at():
        return page.switch_to.active_element.accessible_name

    def press(*keys):
        webdriver.ActionChains(page).send_keys(*keys).perform()

    press(Keys.END, Keys.HOME)
    assert at() == "developers, group"
    press(Keys.ARROW_LEFT, Keys.ARROW_UP)
    users = [at()]
    press(Keys.ARROW_DOWN)
    users.append(at())
    assert sorted(users) == ["alice, user", "bob, user"]
    if at() != "bob, user":
        press(Keys.ARROW_UP)
    ring = page.find_element(By.CSS_SELECTOR, "#picture .outline")
    assert "none" not in ring.value_of_css_property("stroke")
    press(Keys.ARROW_RIGHT)
    assert at() == "developers, group"
    press(Keys.ARROW_RIGHT)
    assert at() == "ReadArtifacts, policy"
    press(Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.ENTER)
    assert text(page, "name") == "developers"
    press(Keys.ESCAPE)
    assert at() == "developers, group"
    press(Keys.ESCAPE)
    assert page.switch_to.active_element == picture
    assert ring.value_of_css_property("stroke") == "none"
    press(Keys.TAB)
    assert at() == "developers, group"
    assert len(page.find_elements(By.CSS_SELECTOR, "#picture [tabindex='0']")) == 1


def test_the_accessibility_tree_has_all_that_is_to_be_used(compared):
    look_up(compared, "alice")
    tree = compared.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    found = {(node["role"]["value"], node.get("name", {}).get("value", ""))
             for node in tree if not node["ignored"]}  # fmt: skip
    assert {("radio", "Changes"), ("radio", "Now"), ("radio", "As of HEAD"), ("group", "Show"),
            ("navigation", "Identities"), ("region", "Picture"), ("article", "alice"),
            ("heading", "What it can do"), ("button", "eve, user, new"),
            ("button", "bob, user, gone"), ("button", "alice, user"),
            ("columnheader", "since HEAD")} <= found  # fmt: skip
    assert not [role for role, name in found
                if role in ("button", "radio", "searchbox", "heading") and not name]  # fmt: skip
    assert not [name for role, name in found if role == "image"]


def test_on_a_narrow_screen_it_goes_to_what_was_chosen_and_nothing_is_cut(compared, narrow):
    narrow(320, 640)
    look_up(compared, "alice")
    shown = compared.find_element(By.ID, "name").rect
    top = shown["y"] - compared.execute_script("return window.scrollY")
    assert 0 <= top < 640
    widest = compared.execute_script("return document.documentElement.scrollWidth")
    assert widest <= 320
    assert "resources arn" not in text(compared)  # what stands before a cell is no text
    for cell in compared.find_elements(By.CSS_SELECTOR, "#details td"):
        assert cell.rect["x"] + cell.rect["width"] <= 320


@pytest.fixture
def narrow(browser):
    yield lambda width, height: browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_in_light_and_dark(opened, browser, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page = opened(SHIPPING)
    paper = rgb(page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color"))
    assert (sum(paper) > 600) == (scheme == "light")
    for at in ("body", ".kind", "label", "#found button", "h2"):
        ink = rgb(page.find_element(By.CSS_SELECTOR, at).value_of_css_property("color"))
        assert contrast(ink, paper) >= 4.5, at
    node = page.find_element(By.CSS_SELECTOR, "#picture .node.user polygon")
    words = page.find_element(By.CSS_SELECTOR, "#picture .node.user text")
    fill = rgb(node.value_of_css_property("fill"))
    assert contrast(rgb(words.value_of_css_property("fill")), fill) >= 4.5


def rgb(value):
    numbers = value[value.index("(") + 1 : -1].split(",")
    return [float(number) for number in numbers[:3]]


def contrast(one, other):
    """The contrast ratio of two colours, as the Web Content Accessibility Guidelines define it."""

    def luminance(colour):
        parts = [c / 255 for c in colour]
        red, green, blue = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        ]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
