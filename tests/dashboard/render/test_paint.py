import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.render import highlight, markdown_html
from dashboard.render.html_builder import render_text
from dashboard.render.safe_text import make_visible
from tests.dashboard.hostile import HOSTILE
from tests.dashboard.safe import harm, words

LINES = st.lists(st.text(st.characters()) | st.sampled_from(HOSTILE), max_size=6).map(
    lambda lines: [line.replace("\n", " ") for line in lines]
)


@pytest.mark.parametrize(
    ("path", "lexer"),
    [
        ("/a/b.py", "python"),
        ("C:\\work\\App.TSX", "typescript"),
        ("/srv/Dockerfile", "docker"),
        ("Makefile", "make"),
        ("/etc/hosts", ""),
        ("", ""),
        (".py/x", ""),
    ],
)
def test_the_name_of_a_file_tells_its_language(path: str, lexer: str) -> None:
    assert highlight.find_lexer(path) == lexer


def test_every_language_is_one_that_the_library_knows() -> None:
    for lexer in highlight.LEXER_EXTENSIONS:
        assert len(highlight.highlight_code(["a = 'b' # c", "", "d"], lexer)) == 3


def test_source_code_has_colours_and_stays_lines() -> None:
    painted = highlight.highlight_code(
        ["def f():", '    """<b>', "    more", '    """', "    return 1  # why"], "python"
    )
    assert painted[0] == '<span class="tk">def</span> <span class="tf">f</span>():'
    assert painted[2] == '<span class="ts">    more</span>'
    assert '<span class="tn">1</span>' in painted[4]
    assert '<span class="tc"># why</span>' in painted[4]


@pytest.mark.parametrize("lines", [["x" * 700], ["x = 1 "] * 3_000, ["key = [redacted:aws-key]"]])
def test_what_would_take_long_or_says_more_without_is_left_plain(lines: list[str]) -> None:
    assert highlight.highlight_code(lines, "python") == [render_text(line) for line in lines]


@pytest.mark.parametrize(
    ("printed", "html"),
    [
        ("\x1b[31mred\x1b[0m plain", '<span class="a1">red</span> plain'),
        ("\x1b[1;32mok\x1b[m", '<span class="a2 ab">ok</span>'),
        ("\x1b[97;41mloud\x1b[0m", '<span class="a15 g1">loud</span>'),
        ("\x1b[38;5;196mlike red", '<span class="a1">like red</span>'),
        ("\x1b[2;4mfaint", '<span class="ad au">faint</span>'),
        ("10%\r 50%\r100%", "100%"),
        ("done\r", "done"),
        ("\x1b[2K\x1b[1Gmoved", "moved"),
        ("\x1b]8;;javascript:alert(1)\x07a link\x1b]8;;\x07", "a link"),
        ("\x1b]0;a title\x1b\\", ""),
        ("\x1b[31m<b>\x1b[0m", '<span class="a1">&lt;b&gt;</span>'),
        ("no \x1b", "no ␛"),
    ],
)
def test_a_program_keeps_its_colours(printed: str, html: str) -> None:
    assert highlight.highlight_terminal([printed]) == [html]


def test_a_colour_lasts_until_it_is_taken_back() -> None:
    assert highlight.highlight_terminal(["\x1b[31mone", "two\x1b[0m", "three"])[1:] == [
        '<span class="a1">two</span>',
        "three",
    ]


def test_very_much_output_goes_without_colours() -> None:
    lines = ["\x1b[31mred"] * 60_000
    assert highlight.highlight_terminal(lines)[0] == "␛[31mred"


@given(LINES, st.sampled_from(["", *highlight.LEXER_EXTENSIONS]))
def test_painting_changes_no_text_and_lets_no_markup_in(lines: list[str], lexer: str) -> None:
    painted = highlight.highlight_code(lines, lexer)
    assert len(painted) == len(lines)
    for line, shown in zip(lines, painted, strict=True):
        assert harm(shown) == []
        assert words(shown) == make_visible(line)


@given(LINES)
def test_whatever_is_printed_is_text(lines: list[str]) -> None:
    painted = highlight.highlight_terminal(lines)
    assert len(painted) == len(lines)
    assert [harm(line) for line in painted if harm(line)] == []


def test_what_was_taken_out_is_a_chip() -> None:
    assert render_text("key [redacted:aws-key]!") == (
        'key <span class="chip" title="Redacted before sending">aws-key</span>!'
    )
    assert render_text('[redacted:"><b>]') == "[redacted:&quot;&gt;&lt;b&gt;]"


# --- Markdown -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("**bold** `a<b`", "<p><strong>bold</strong> <code>a&lt;b</code></p>"),
        ("# Title", "<h3>Title</h3>"),
        ("###### Deep", "<h3>Deep</h3>"),
        (
            "## A\n\n##### B\n\n### C\n\n###### D\n\n# E",
            "<h3>A</h3>\n<h4>B</h4>\n<h4>C</h4>\n<h5>D</h5>\n<h3>E</h3>",
        ),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("<b onclick=x>hi</b>", "<p>&lt;b onclick=x&gt;hi&lt;/b&gt;</p>"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ("![a](http://evil.example/p.png)", None),
        ("`[redacted:jwt]`", '<p><code><span class="chip" title="Redacted before sending">jwt</span></code></p>'),
    ],
)
def test_markdown_becomes_harmless_html(written: str, html: str | None) -> None:
    made = markdown_html.render_markdown(written)
    assert harm(made) == []
    assert "<img" not in made
    if html is not None:
        assert made.strip() == html


def test_a_link_says_nothing_of_where_it_was() -> None:
    made = markdown_html.render_markdown('[a](https://example.com "title")')
    assert made.strip() == '<p><a href="https://example.com" rel="noopener noreferrer nofollow">a</a></p>'


def test_code_in_markdown_has_its_colours() -> None:
    assert '<span class="tk">def</span>' in markdown_html.render_markdown("```python\ndef f(): ...\n```")
    assert (
        markdown_html.render_markdown("```nonsense\n<b>\n```").strip()
        == '<pre tabindex="0"><code>&lt;b&gt;\n</code></pre>'
    )


def test_endless_markdown_is_cut() -> None:
    assert markdown_html.render_markdown("word " * 50_000).rstrip().endswith("…</p>")


@given(st.lists(st.sampled_from([*HOSTILE, "\n", "> ", "* ", "`", "```", "[", "](", "<", "|", "# "]), max_size=12))
def test_no_markdown_is_harmful(pieces: list[str]) -> None:
    assert harm(markdown_html.render_markdown("".join(pieces))) == []
