"""Comments: what a line says that is nothing but one, and which of them are a file's marker."""

from __future__ import annotations

import pytest

from app.coder.comments import Marker, comment_text, labelled, leading_path, marker


def marked(path: str, line: int = 0, length: int = 1) -> Marker:
    return Marker(path, "filepath_comment", line, length)


def named(path: str, line: int = 0, length: int = 1) -> Marker:
    return Marker(path, "path_comment", line, length)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("# a", "a"),
        ("  ## a ", "a"),
        ("// a", "a"),
        ("/// a /", "a"),
        ("--- a -", "a"),
        ("; a", "a"),
        ("%% a", "a"),
        ('" a', "a"),
        ("' a", "a"),
        ("! a", "a"),
        (":: a", "a"),
        (".. a", "a"),
        ("REM a", "a"),
        ("@rem a", "a"),
        ("dnl a", "a"),
        ("/* a */", "a"),
        ("/** a */", "a"),
        ("/* a", "a"),
        ("<!-- a -->", "a"),
        ("<!-- a", "a"),
        ("{{!-- a --}}", "a"),
        ("{# a #}", "a"),
        ("{/* a */}", "a"),
        ("(* a *)", "a"),
        ("{- a -}", "a"),
        ("--[[ a ]]", "a"),
        ('"""a"""', "a"),
        ("#!/bin/sh", None),
        ("#include <a>", None),
        ("#define A", None),
        ("#pragma once", None),
        ("a", None),
        ("a # b", None),
        ("", None),
    ],
)
def test_what_a_comment_says(line, text):
    assert comment_text(line) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("File: a.py", ("file", "a.py")),
        ("**File:** a.py", ("file", "a.py")),
        ("File  Path = a.py", ("file path", "a.py")),
        ("File 2: a.py", ("file", "a.py")),
        ("@file a.py", ("file", "a.py")),
        ("filepath a.py", ("filepath", "a.py")),
        ("file name a.py", ("file name", "a.py")),
        ("file a.py b.py", None),
        ("profile a.py", None),
        ("a.py", None),
        ("File:", None),
        (f"File: {'a' * 400}", ("file", "a" * 294)),
    ],
)
def test_what_a_label_is(text, found):
    assert labelled(text) == found


@pytest.mark.parametrize(
    ("text", "sure", "found"),
    [
        ("a.py", False, ("a.py", True)),
        ("`a.py`", False, ("a.py", True)),
        ("a.py - it reads", False, ("a.py", False)),
        ("a.py (new)", False, ("a.py", False)),
        ("a.py: it reads", False, ("a.py", False)),
        ("`my notes.py` (new)", False, ("my notes.py", False)),
        ("**a.py** # x", False, ("a.py", False)),
        ("__a.py__ (x)", False, ("a.py", False)),
        ("a.py reads", False, None),
        ("a.py and b.py (new)", False, None),
        ("run", False, None),
        ("run", True, ("run", True)),
        ("run (new)", True, ("run", False)),
        ("run (new)", False, None),
        ("", False, None),
    ],
)
def test_the_path_a_text_begins_with(text, sure, found):
    assert leading_path(text, sure=sure) == found


@pytest.mark.parametrize(
    ("lines", "tag", "found"),
    [
        (["# filepath: a.py", "x"], "python", marked("a.py")),
        (["# filepath: bin/run", "x"], "", marked("bin/run")),
        (["# filepath: run", "x"], "", marked("run")),
        (["# file: run", "x"], "", None),
        (["# File: a.py (new)"], "python", marked("a.py")),
        (["// a.js"], "js", named("a.js")),
        (["// a.py"], "js", None),
        (["# a.py"], "", named("a.py")),
        (["# a.py - reads"], "python", named("a.py", length=0)),
        (["// package.json - the package"], "json", named("package.json")),
        (["", "", "# a.py"], "python", named("a.py", 2)),
        (["", "", "", "", "", "# a.py"], "python", named("a.py", 5)),
        (["", "", "", "", "", "", "# a.py"], "python", None),
        (["#!/bin/sh", "# a.sh"], "bash", named("a.sh", 1)),
        (["#!/bin/sh", "", "# a.sh"], "bash", named("a.sh", 2)),
        (["<?php", "// a.php"], "php", named("a.php", 1)),
        (["<!DOCTYPE html>", "<!-- a.html -->"], "html", named("a.html", 1)),
        (["'use client'", "// a.ts"], "ts", named("a.ts", 1)),
        (["---", "# a.yaml"], "yaml", named("a.yaml", 1)),
        (['@charset "utf-8";', "/* a.css */"], "css", named("a.css", 1)),
        (["x = 1", "# a.py"], "python", None),
        (["%%writefile bin/run"], "python", marked("bin/run")),
        (["%%file a.py "], "python", marked("a.py")),
        (["%%writefile a.py b"], "python", None),
        (["/*", " * a.css", " */"], "css", named("a.css", length=3)),
        (["/*", "filepath: a.css", "*/"], "css", marked("a.css", length=3)),
        (["/*", " * a.css", " * more", "*/"], "css", named("a.css", length=0)),
        (["/*", "a.css"], "css", named("a.css", length=0)),
        (["/*"], "css", None),
        (['"""', "a.py", '"""'], "python", named("a.py", length=0)),
        (['"""', "filepath: a.py", '"""'], "python", marked("a.py", length=3)),
        (['"""', "a.py - reads", '"""'], "python", None),
        (["'''a.py'''"], "python", named("a.py", length=0)),
        (["'''filepath: a.py'''"], "python", marked("a.py")),
        (["'''filepath: a.py"], "python", marked("a.py", length=0)),
        (["filepath: a.py"], "python", named("a.py")),
        (["file: a.py"], "python", named("a.py")),
        (["filename: a.py"], "python", named("a.py")),
        (["path: a.py"], "python", None),
        (["file: a.py"], "yaml", None),
        (["file: a.py"], "", None),
        (["# ---- a.py ----"], "python", named("a.py")),
        (["# Updated a.py"], "python", named("a.py", length=0)),
        (["# tests for a.py"], "python", None),
        (["# Updated the words"], "python", None),
        ([], "python", None),
        (["# " + "a" * 320 + ".py"], "python", None),
    ],
)
def test_which_lines_are_a_marker(lines, tag, found):
    assert marker(lines, tag) == found
