"""Patterns: the words and phrases in which authors name files, over a skeleton."""

from __future__ import annotations

import re

from app.instruction.skeleton import MARK, NO_MARK


def _words(words: str) -> str:
    """Alternatives from a string of words; `_` stands for white space."""
    return "(?:" + "|".join(word.replace("_", r"\s+") for word in words.split()) + ")"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_DASH = "[—\u2013-]"
_ADVERBS = _words("please then next now also and first second third finally lastly afterwards optionally")
_LEADING = rf"^(?:{_ADVERBS}[,:]?\s+)*"
_CREATING = _words("creat(?:e|ed|es|ing) new add(?:ed)? write written generate[d]? implement")
_EDITING = _words(
    "modif(?:y|ied|ies|ications?) edit(?:ed|s)? updat(?:e|ed|es) chang(?:e|ed|es) existing patch(?:ed)? "
    "fix(?:ed)? "
    "replac(?:e|ed) rewrit(?:e|ten) overwrite "
    "adapt(?:ed)? refactor(?:ed)? extend(?:ed)? append(?:ed)? amend(?:ed)? alter(?:ed)? append_to "
    "add_to insert_\\w+"
)
ROLE = _pattern(rf"\b(?:(?P<edit>{_EDITING})|(?P<create>{_CREATING}))\b")

_KINDS = _words(
    "new target output existing source config(?:uration)? test script main the primary full unit service "
    "migration "
    "schema module sql python key affected modified created? backend frontend wrapper helper launcher shell "
    "setup install deployment backup startup"
)
_WHAT = _words(
    "files?(?:\\s?paths?|\\s?names?)? filepath filename paths? location output target destination script "
    "module "
    "save_(?:as|to|at) write_to component deliverable migration unit config tests?"
)
LABEL = _pattern(
    rf"^(?:{_KINDS}\s+)*(?P<what>{_WHAT})(?:\(s\))?(?:\s+(?:location|path|name))?\s*(?:\#?\d+[a-z]?)?"
    rf"(?:\s*(?:of|/)\s*\d+)?(?P<verb>(?:\s+(?:to|being|is|will|be|"
    rf"for))*\s+\w+)?\s*(?:\([^)]*\))?\s*(?::|=|{_DASH})\s*"
    rf"(?:(?:create|new|modify|update|edit|the|file|a)\s+)*:?\s*{MARK}"
)
_LABEL_VERBS = _words(
    "create/overwrite create_or_replace append_to add_to insert_(?:in|into) creates? new add write "
    "modify edit update "
    "change patch fix replace rewrite overwrite append modifies updates? created modified "
    "updated implement extend adapt"
)
_ARTICLES = _words("a an the new existing this following these python test config systemd sql")
_THING = _words("files? scripts? modules? units? service tests?")
VERB_LABEL = _pattern(
    rf"^(?P<verb>{_LABEL_VERBS})(?:\s+{_ARTICLES})*"
    rf"(?:\s+{_THING})?\s*(?:\([^)]*\))?\s*(?::|{_DASH})\s*{MARK}"
)

_SAVED = _words(
    "this it that the above following below code script file contents? block module config(?:uration)? "
    "everything all "
    "here snippet unit sql yaml json these lines text class program"
)
SAVE = _pattern(
    rf"{_LEADING}{_words('save store put place write drop paste')}\b(?:\s+{_SAVED})*\s+(?:as|to|in|at|"
    rf"into|under)\s+"
    rf"(?:the\s+file\s+|a\s+(?:new\s+)?file\s+(?:called\s+|named\s+)?)?{MARK}"
)
_IT = _words("above this preceding following code block file script module contents? it")
GOES = _pattern(
    rf"^(?:the\s+)?{_IT}(?:\s+\w+){{0,3}}?\s+"
    rf"{_words('goes go belongs lives is should must becomes will')}(?:\s+(?:be|saved|stored|placed|"
    rf"written|named|live|go))*"
    rf"\s*(?:in|into|at|as|to|under|called)?\s+{MARK}"
)
_FULL = _words("full complete entire final new whole exact updated")
CONTENTS = _pattern(
    rf"^(?:here\s+(?:is|are)\s+|this\s+is\s+|"
    rf"use\s+)?(?:the\s+)?(?:{_FULL}\s+)*{_words('contents? code source listing file version text')}"
    rf"\s+(?:of|for|in)\s+(?:the\s+)?(?:new\s+)?(?:file\s+)?{MARK}|"
    rf"^(?:the\s+)?(?:file\s+)?{MARK}(?:\s+file)?(?:'s)?\s+(?:(?:should|must|needs\s+to|"
    rf"will)\s+(?:contain|look\s+like|read)|"
    rf"(?:full\s+|complete\s+)?contents?|with\s+(?:this|these|the\s+following)|"
    rf"(?:contains|reads)(?=\s*:|\s+(?:this|these|the\s+following|exactly)))\b|"
    rf"^here\s+is\s+(?:the\s+)?(?:new\s+|full\s+)?{MARK}"
)
HOLDING = _pattern(rf"^{MARK},?\s+(?:with|containing|holding)\b")
"""A path and what is to be in it, without a verb."""
EXTRACT = _pattern(
    rf"{_LEADING}(?:extract|factor|split|pull)\b(?!{NO_MARK}*\bfrom\s+\ue000){NO_MARK}*\b(?:in)?to\s+"
    rf"(?:a\s+|the\s+)?(?:(?:new|own|separate)\s+)*(?:(?:file|module|class|component)\s*,?\s+)?{MARK}"
)
INTO = _pattern(
    rf"{_LEADING}(?:put|write|save|store|place|record|collect|export|dump)\s+(?P<np>{NO_MARK}*?)\s+(?:into|to|as|under)\s+"
    rf"(?:the\s+|a\s+)?(?:new\s+)?(?:file\s+)?{MARK}"
)
"""Something that is to stand in a file of its own."""
PASSIVE = _pattern(
    rf"^(?:the\s+|a\s+|new\s+)*(?:files?\s+|scripts?\s+|"
    rf"module\s+)?{MARK}\s+{_words('needs_to should must has_to shall will')}\s+be\s+"
    rf"(?P<verb>{_words('created written added modified updated edited changed extended replaced')})"
)

_CREATE_VERBS = _words(
    "create write generate make implement develop add scaffold produce draft author build set_up "
    "provide deliver introduce define"
)
_CREATE = rf"(?P<verb>{_CREATE_VERBS})\b"
CREATE_FIRST = _pattern(rf"{_LEADING}{_CREATE}(?P<np>{NO_MARK}*){MARK}")
_ASKS = _words(
    "needs?_to has_to have_to is_to are_to wants?_(?:you_)?to asked_to you_to will should must shall "
    "please let's going_to and then"
)
CREATE_INSIDE = _pattern(rf"(?:\b{_ASKS}|,)\s+(?:then\s+|also\s+)?{_CREATE}(?P<np>{NO_MARK}*){MARK}")
NEEDED = _pattern(
    rf"{_LEADING}(?:(?:i|we|the\s+(?:project|app|application|repo|repository|package|site|program|library|tool))"
    rf"\s+(?:(?:also|will|must|should)\s+)*{_words('needs? wants? requires?')}|"
    rf"there\s+(?:should|must|shall|needs\s+to|has\s+to)\s+(?:also\s+)?be)\s+(?P<np>{NO_MARK}*){MARK}"
    rf"(?!\s*(?:to|for|in|installed|present|first|before)\b)"
)
TESTS_FOR = _pattern(
    rf"{_LEADING}(?:write|create|add|implement)\s+(?:\w+\s+){{0,3}}(?:tests?|suite|specs?|docs?|"
    rf"documentation|wrapper|config\w*)\s+"
    rf"(?:for|of|around)\s+(?:the\s+)?{MARK}\s+(?:in|at|as|to|under)\s+{MARK}"
)
NOUN = _pattern(
    r"\b"
    + _words(
        "files? scripts? modules? tests? suite package program service units? timer config(?:uration)? "
        "migration schema page "
        "component template document documentation docs? readme class daemon wrapper dockerfile makefile "
        "workflow manifest "
        "stylesheet spec notebook playbook utility tool app application server client library runner "
        "worker report guide cli "
        "helper hook store runbook patch"
    )
    + r"\b"
)
PART = _pattern(
    r"\b"
    + _words(
        "functions? methods? endpoints? routes? constants? variables? fields? columns? sections? entry "
        "entries imports? "
        "handlers? lines? blocks? attribute property parameter argument option setting key stanza rule "
        "case branch alias export "
        "index reference call check guard flag decorator comment docstring tab button link"
    )
    + r"\b"
)
CLAUSE = _pattern(
    r"\b"
    + _words(
        "that which who to from like using with of into on by if when where via see based reading so "
        "because whose for similar "
        "than against after before run running per containing is are not"
    )
    + r"\b"
)
CALLED = _pattern(rf"(?:\b(?:called|named|at|as|under|path)|[:(]|{_DASH})\s*(?:the\s+path\s+)?$")
WITHIN = _pattern(
    r"\b(?:in|inside|within)\s+(?:a\s+|the\s+)?(?:new\s+)?(?:files?|modules?|scripts?)?\s*(?:called|"
    r"named)?\s*$"
)
NO_FILE = _pattern(
    r"\b"
    + _words(
        "director(?:y|ies) folders? symlink backup copy table user database branch repository venv "
        "environment"
    )
    + r"\b"
)
NO_FILE_AFTER = _pattern(
    r"\s*(?:director(?:y|ies)|folders?|tables?|branch|endpoint|route|executable|class|function)\b"
)
PLAIN = _pattern(
    r"(?:(?:the|a|an|new|two|three|four|five|six|following|these|both|files?|[0-9]+|also|one|only)[\s:,]*)*"
)
AND_THEN_A_PATH = _pattern(r"^.*~\s*(?:,\s*and|,|and)\s+")
"""What stands before the path when the verb has another object first: ``Create `build/` and PATH``."""
TESTS = _pattern(r"\btests?\b")
SHORT_PHRASE = 6

CALLED_NEW = _pattern(
    rf"{MARK}\s*[,(:—\u2013-]+\s*(?:a\s+|is\s+)?new(?:\s+(?:file|module|script|class))?\W*$"
)
NEW_FILE = _pattern(
    rf"\bnew\s+(?:\w+\s+)?(?:files?|modules?|scripts?|package|component|service|class|page|test)\s*(?:[,:]|called|named|at|in)?\s*{MARK}"
)
DIRECT_EDITS = frozenset(
    ["modify", "edit", "update", "change", "patch", "fix", "refactor", "extend", "adjust", "enhance", "open",
     "rewrite", "configure", "replace", "improve", "harden", "clean up", "simplify", "correct", "migrate",
     "convert", "augment", "overwrite", "adapt", "rework", "revise", "trim", "tidy", "shorten", "reword",
     "document", "describe",
     "alter", "tweak"]
)  # fmt: skip
LOOSE_EDITS = frozenset(
    ["add", "link", "drop", "remove", "delete", "fix", "update", "change", "insert", "modify"]
)
_EDIT_VERBS = _words(
    "modify edit update change patch fix replace refactor extend add append insert remove delete wire "
    "register integrate adjust "
    "enhance prepend open rewrite configure bump set swap comment_out uncomment import hook put place "
    "define find locate include "
    "expose mount improve harden apply convert migrate clean_up simplify correct enable disable "
    "implement introduce make paste "
    "inject augment alter tweak rename move create overwrite adapt rework revise drop trim tidy shorten "
    "reword bring switch mark point mention describe document note link list record"
)
EDIT = _pattern(rf"{_LEADING}(?P<verb>{_EDIT_VERBS})\b(?P<np>{NO_MARK}*){MARK}")
TARGET = re.compile(
    r"^(?P<object>.*?\b(?:in|inside|into|within|to|of|from|at|on|for|:))?\s*"
    r"(?:(?:the|existing|current|file|module|script|main|our|this|top|bottom|end|beginning|start|of|in|"
    r"config|configuration|"
    r"service|unit|test|your|both|system|systemd)\s+)*$",
    re.IGNORECASE | re.DOTALL,
)
PREPOSITION = _pattern(
    rf"{_LEADING}(?:(?:in|inside|within|to|for|(?:changes?|edits?|modifications?|updates?|"
    rf"additions?)\s+(?:to|in|for|of)|"
    rf"modifying|updating|editing|(?:at|near)\s+the\s+(?:top|bottom|end|beginning|start)\s+of|"
    rf"(?:after|before|around|at|on|in|inside|within)\s+[^.\ue000]{{0,60}}?\s(?:in|of))\s+)(?:the\s+)?"
    rf"(?:{_words('same existing main test file module script config new')}\s+){{0,2}}{MARK}"
)
_TAIL_VERBS = _words(
    "find add replace change update insert modify locate remove import delete edit append set apply "
    "make wrap register define "
    "extend fix move rename use after before at on around near under inside within line lines look "
    "swap put the_following "
    "in_the just right immediately below above create implement write"
)
MORE_MARKS = _pattern(rf"(?:\s*(?:,\s*and|,|and|&|or)\s*(?:in\s+)?{MARK})*")
IMPERATIVE_TAIL = _pattern(
    rf"^\s*(?:\([^)]*\)\s*)?(?:$|:|{_DASH}|,?\s*(?:the\s+)?(?:current|existing|old)\b|[,;]?\s*(?:and\s+|also\s+|then\s+)?{_TAIL_VERBS}\b)"
)
NEGATION = _pattern(
    r"\b(?:do\s+not|don't|never|must\s+not|should\s+not|shouldn't|avoid|without|no\s+(?:need|new|other|further)|cannot|won't|"
    r"instead\s+of|rather\s+than|"
    r"not\s+(?:to\s+)?(?:create|modify|touch|edit|change))\b"
)
BELOW = _pattern(r"\b(?:below|following)\b")
ABOVE = _pattern(r"\b(?:above|preceding)\b")
