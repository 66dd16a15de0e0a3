#!/usr/bin/env python3
"""The HTML page in a real browser: html_test.py SAMPLE_PAGE_PROGRAM. Exit 77: there is no browser.

The page's policy lets no script but its own run, so what is measured is measured from outside: by a second page that
holds the first one in a frame and writes what it finds as JSON.
"""
import html.parser
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PROGRAM = None  # from the command line

# Clicks as a user would, after the frame is laid out at the width asked for.
PROBE = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe id="frame" style="border:0;width:WIDTHpx;height:900px"></iframe><pre id="found"></pre><script>
var frame = document.getElementById('frame'), found = {blocked: [], ran: false};
frame.onload = function () {
  var page = frame.contentDocument, root = page.documentElement;
  found.width = root.clientWidth;
  found.needed = root.scrollWidth;
  found.cut = Array.from(page.querySelectorAll('.scroll')).filter(function (box) {
    return box.getBoundingClientRect().right > root.clientWidth + 1;
  }).length;
  found.background = frame.contentWindow.getComputedStyle(page.body).backgroundColor;
  function order() {
    return Array.from(page.querySelectorAll('#files-table tbody tr')).map(function (row) {
      return Number(row.cells[2].getAttribute('data-value'));
    });
  }
  var heading = page.querySelectorAll('#files-table thead th')[2], button = heading.querySelector('button');
  button.focus();
  found.focus = page.activeElement === button;
  found.before = heading.getAttribute('aria-sort');
  button.click();
  found.first = heading.getAttribute('aria-sort');
  found.descending = order();
  button.click();
  found.second = heading.getAttribute('aria-sort');
  found.ascending = order();
  page.addEventListener('securitypolicyviolation', function (event) { found.blocked.push(event.effectiveDirective); });
  frame.contentWindow.ran = function () { found.ran = true; };
  page.body.insertAdjacentHTML('beforeend', '<img src="x.png" onerror="ran()"><b style="color:red">x</b>');
  setTimeout(function () { document.getElementById('found').textContent = JSON.stringify(found); }, 300);
};
frame.src = 'page.html';
</script>"""


class Cells(html.parser.HTMLParser):
    """Tables by id: rows of (text, data-value); the class of <html>; whether some button is disabled."""

    def __init__(self):
        super().__init__()
        self.tables, self.rows, self.cell, self.root_class, self.disabled = {}, None, None, "", 0

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "html":
            self.root_class = attributes.get("class", "")
        elif tag == "table":
            self.rows = self.tables.setdefault(attributes["id"], [])
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.cell = ["", attributes.get("data-value")]
        elif tag == "button" and "disabled" in attributes:
            self.disabled += 1

    def handle_data(self, data):
        if self.cell:
            self.cell[0] += data

    def handle_endtag(self, tag):
        if tag in ("th", "td"):
            self.rows[-1].append(tuple(self.cell))
            self.cell = None


class Browser(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="latimer-html-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.page = self.folder / "page.html"
        self.page.write_bytes(subprocess.run([PROGRAM, "30"], check=True, capture_output=True).stdout)

    def browse(self, page, *options, dark=False):
        command = [BROWSER, "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                   f"--user-data-dir={self.folder}/profile", f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")  # it refuses to sandbox root
        ran = subprocess.run([*command, *options, page.as_uri()], capture_output=True, timeout=120, check=True)
        return ran.stdout.decode("utf-8")

    def probe(self, width, dark=False):
        probe = self.folder / "probe.html"
        probe.write_text(PROBE.replace("WIDTH", str(width)), encoding="utf-8")
        # Without the switch, each file is a world of its own and a frame's inside cannot be looked at.
        dom = self.browse(probe, "--allow-file-access-from-files", "--window-size=1400,1000",
                          "--virtual-time-budget=5000", "--dump-dom", dark=dark)
        return json.loads(dom.split('<pre id="found">')[1].split("</pre>")[0].replace("&lt;", "<").replace("&amp;", "&"))

    def test_figures_are_in_the_dom(self):
        cells = Cells()
        cells.feed(self.browse(self.page, "--dump-dom"))
        calls = {row[0][0]: row for row in cells.tables["calls-table"]}
        self.assertEqual(calls["openat"][1], ("2,000", "2000"))
        self.assertEqual(calls["openat"][2], ("1,237", "1237"))
        self.assertEqual(cells.tables["ledger-table"][3], [("completed", None), ("2,070", "2070")])
        names = [row[0][0] for row in cells.tables["files-table"]]
        self.assertIn("/tmp/<script>alert(1)</script>\"onload='x' &amp; \\x0a\\x1b[31m\\xff\\xfe.txt", names)
        # The script ran, so the policy names it rightly, and the buttons can be used.
        self.assertIn("sortable", cells.root_class.split())
        self.assertEqual(cells.disabled, 0)

    def test_layout_and_sorting(self):
        for width in (360, 1280):
            with self.subTest(width=width):
                found = self.probe(width)
                self.assertEqual(found["width"], width)
                self.assertLessEqual(found["needed"], width)
                self.assertEqual(found["cut"], 0)
                self.assertTrue(found["focus"])
                self.assertEqual((found["before"], found["first"], found["second"]), ("none", "descending", "ascending"))
                self.assertEqual(found["descending"], sorted(found["descending"], reverse=True))
                self.assertEqual(found["ascending"], sorted(found["ascending"]))
                self.assertEqual(len(found["ascending"]), 30)

    def test_policy_blocks_what_is_smuggled_in(self):
        found = self.probe(1280)
        self.assertIn("img-src", found["blocked"])
        self.assertIn("style-src-attr", found["blocked"])
        self.assertFalse(found["ran"])

    def test_follows_the_colour_scheme(self):
        self.assertNotEqual(self.probe(1280)["background"], self.probe(1280, dark=True)["background"])

    def test_screenshots_at_two_widths(self):
        for width in (500, 1280):
            picture = self.folder / f"{width}.png"
            self.browse(self.page, f"--window-size={width},900", f"--screenshot={picture}")
            self.assertEqual(struct.unpack(">II", picture.read_bytes()[16:24]), (width, 900))

    def test_prints_to_paper(self):
        paper = self.folder / "page.pdf"
        self.browse(self.page, f"--print-to-pdf={paper}", dark=True)
        self.assertTrue(paper.read_bytes().startswith(b"%PDF"))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = sys.argv.pop(1)
    if BROWSER is None:
        print("skipped: no chromium here (Debian: apt-get install chromium)")
        sys.exit(77)
    unittest.main()
