"""Hostile captured strings, which a page must show as text."""

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</details></li></ol><h1>mine</h1>",
    "<svg/onload=alert(1)>",
    "{{ 7|add:7 }}{% debug %}",
    "javascript:alert(1)",
    "[a](javascript:alert(1))",
    "\x1b[31mred\x1b[0m",
    "moc.elpmaxe‮//:ptth",
    "zero​width⁦isolate⁩",
    "\ufefftags\U000e0041\U000e0042",
    "line\x00two",
    "&lt;b&gt;&amp;",
]
# Markup that no captured value may bring into a page.
MARKUP = ["<script>alert", "<img src=x", "<svg/onload", "<h1>mine", "</details></li></ol><h1>"]
UNSEEN = ["‮", "​", "⁦", "﻿", "\U000e0041", "\x1b", "\x00"]
