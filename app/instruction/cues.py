"""Cues: what the heading, the sentence above and the look of a block say about its use."""

from __future__ import annotations

import re
from enum import Enum


class Section(Enum):
    """What a heading promises of the blocks under it; WORK where it promises nothing else."""

    WORK = "work"
    VERIFY = "verification"
    ROLLBACK = "rollback"
    EXAMPLE = "example"
    CURRENT = "current state"
    NOTES = "notes"
    SETUP = "setup"
    EXCLUDED = "out of scope"


_STAGE = r"(?:step|phase|part|section|task|stage|milestone)"
_ORDINAL = re.compile(rf"^\W*(?:{_STAGE}?\s*\d+(?:\.\d+)*[a-z]?\s*[:.)—\u2013-]*\s*)?", re.IGNORECASE)
STAGE = re.compile(rf"^\W*{_STAGE}\s*\#?\s*(?:\d|[A-Z]\b)", re.IGNORECASE)
_ABOUT = (
    "statement descriptions? overview notes? info(?:rmation)? considerations? decisions? summary details "
    "analysis messages? logs? outputs? diagrams? goals? criteria strategy steps? procedure instructions "
    "commands? behaviou?r state status situation code implementation version structure files? use "
    "config(?:uration)? setup problems? issues? flow design architecture schema errors? data tests? plan "
    "checks? results?"
)
_ENDS = (
    r"(?=\W*$|\s*[^\w\s]|\s+(?:and|or|of|on|for|to|with|in|from|the|a|an|is|are|at|by|as|vs|before|after|when)\b|"
    rf"\s+(?:{'|'.join(_ABOUT.split())})\b)"
)
"""After the word of a heading that says what its section is: any noun behind it makes it a thing to build."""


def _headed(verbs: str, nouns: str, ends: str = "") -> re.Pattern[str]:
    """Headings that start with one of the verbs, or with one of the nouns as their subject, or end so."""
    forms = [f"^(?:{nouns}){_ENDS}", f"^(?:{verbs})" if verbs else "", f"(?:{ends})$" if ends else ""]
    return re.compile("|".join(form for form in forms if form), re.IGNORECASE)


_SECTIONS = (
    (
        Section.EXCLUDED,
        _headed(
            r"out\s+of\s+scope|do\s+not|don't|what\s+not|non-goals|not\s+(?:in\s+scope|now|included|yet)|"
            r"future|next\s+steps?|post[- ]mvp|what's\s+next",
            r"constraints|roadmap|follow[- ]?ups?|backlog|deferred|later",
        ),
    ),
    (
        Section.ROLLBACK,
        _headed(
            r"roll\s+back|revert|undo|if\s+(?:something|anything|it)\s|restor",
            "rollback|backout|recovery",
            "rollback",
        ),
    ),
    (
        Section.EXAMPLE,
        _headed(
            r"(?:how\s+)?to\s+use\b|quick\s*start|example\b",
            "examples|samples?|usage|appendix|demo|illustration",
            r"\bexamples?|\busage",
        ),
    ),
    (
        Section.CURRENT,
        _headed(
            r"before$|how\s+(?:it|this|things)\s+(?:works?|is|are)|today\b|"
            r"what\s+(?:is|went|happens|happened|exists)|the\s+(?:problem|bug)|as[- ]is|status\s+quo|"
            r"why\b",
            r"current(?:ly)?|existing|problem|background|context|root\s+cause|symptoms?|analysis|observed|"
            r"findings|error|traceback|evidence|diagnosis|prior\s+art|motivation",
        ),
    ),
    (
        Section.VERIFY,
        _headed(
            r"verif\w*|validate\b|test(?:s|ing)?(?:\s+(?:plan|steps?|procedure|commands?|cases?|it|the\s.*))?$|"
            r"tests?\b|testing\b|smoke|sanity|post[- ]?(?:deploy|install)\w*|how\s+to\s+(?:test|verify)|"
            r"definition\s+of\s+done|done\s+when|confirm\b|check\b|health\s+check$",
            "validation|validating|acceptance|success|checks?|checklist|quality|expected|monitoring",
            r"verification|validation|acceptance\s+criteria",
        ),
    ),
    (
        Section.NOTES,
        _headed(
            r"see\s+also|expected\s+output|data\s+flow|(?:directory|file|project)\s+structure|schema\s+overview|"
            r"api\s+reference|common\s+(?:issues|errors)",
            r"notes?|overview|architecture|design|diagram|summary|objective|goals?|rationale|output|logs?|"
            r"references?|security|troubleshooting|faq|dependencies|prerequisites|requirements|important|"
            r"warnings?|interfaces?|inputs?|research|resources|related|timeline|risks?|gotchas|scope|"
            r"signatures?|formats?|data\s+models?|protocol|contract|communication|questions",
        ),
    ),
    (
        Section.SETUP,
        _headed(
            r"deploy\w*|install\w*|setup|set\s+up|run\b|running|execute|execution|restart|enable|start|apply|"
            r"launch|build\b",
            "commands?",
        ),
    ),
)
_STEP = re.compile(
    r"\b(?:create|add|write|implement|modify|update|edit|build|replace|change|fix|insert|append|patch|"
    r"refactor|extend|wire)\b",
    re.IGNORECASE,
)

STEP = re.compile(
    r"^\W*(?:\[[ xX]\]\W*)?(?:step\s*)?[\d.]*\W*(?:create|add|write|implement|modify|update|edit|build|"
    r"replace|change|fix|insert|append|patch|refactor|extend|wire|define|make|move|rename|extract)\b",
    re.IGNORECASE,
)
OUTPUT = re.compile(
    r"\b(?:expected|should\s+(?:print|output|return|show|see|produce|be\s+similar|look\s+(?:like|"
    r"something)|display|say|give|respond|read)|"
    r"(?:prints?|outputs?|returns?|responds?|produces?|yields?|displays?|logs?|shows?)\s*:|^output\b|"
    r"example\s+output|sample\s+output|"
    r"you\s+(?:will|should|ll|might|may|would)\s+(?:see|get)|(?:the|an?|this|following|with)\s+(?:error|"
    r"traceback|warning|response|log)\b|traceback|stack\s+trace|"
    r"response\b.*:$|result(?:s|ing)?\s*:|console\s+output|log\s+output|output\s+(?:looks|is|of|will)|"
    r"will\s+(?:print|output|show|return|look|display))",
    re.IGNORECASE,
)
RUN = re.compile(
    r"^\W*(?:(?:then|now|next|and|finally|to|after\s+that|afterwards|first|also)[,:]?\s+)*(?:run|execute|"
    r"verify|test|check|start|restart|install|try|confirm|"
    r"deploy|invoke|launch|apply|load|enable|reload|query|call|validate|build|compile|stop|migrate|"
    r"set\s+permissions|make\s+it\s+executable|make\s+executable|ssh|on\s+\w+)\b|"
    r"\b(?:run|execute|running|with\s+the\s+command|command|from\s+the\s+(?:shell|command\s+line)|shell|"
    r"terminal|psql)\b[^.]*:$",
    re.IGNORECASE,
)
EXAMPLE = re.compile(
    r"\b(?:examples?|e\.g\.|for\s+instance|usage|sample|looks?\s+like|(?:the\s+)?(?:format|structure|"
    r"signature|interface|skeleton|pseudo-?code|outline|layout|"
    r"payload|request|response|flow|diagram|architecture|tree|convention|pattern|shape)\b[^.]*:?$|"
    r"can\s+(?:then\s+)?be\s+(?:used|called|invoked|imported)|to\s+use\s+it|import\s+it|"
    r"for\s+reference|reference\s+implementation|illustrat\w+|something\s+like|along\s+the\s+lines|"
    r"similar\s+to\s+this|imagine|suppose|pseudo)\b",
    re.IGNORECASE,
)
CURRENT = re.compile(
    r"^\W*(?:the\s+)?(?:current\b|today\b|(?:do\s+not|don't|never|avoid)\b.*:\W*$)|"
    r"\b(?:currently(?!\s+lines?\b)|(?:current|existing)\s+(?:code|implementation|file|function|method|class|"
    r"version|state|behaviou?r|contents?|text|lines?|definition|query|setup|structure|schema|config\w*)|"
    r"as\s+it\s+(?:is|stands)|(?:is|looks|works|reads|does|has)\b[^.]*\btoday|at\s+the\s+moment|right\s+now|"
    r"so\s+far|"
    r"(?:the\s+)?(?:problem(?:atic)?|broken|buggy|faulty|old|original|offending|wrong)\s+(?:code|line|"
    r"version|implementation|query|block|section)|looks\s+like\s+this\s+(?:now|today)|before\s*:$|"
    r"the\s+bug|wrong\s*:|bad\s*:|incorrect|instead\s+of\s+this|anti-?pattern|not\s+like\s+this|already\s+(?:has|contains|exists|defines|there|present|in\s+place))\b",
    re.IGNORECASE,
)
CHANGE = re.compile(
    r"\b(?:add|around(?=\s+(?:the|lines?|L?\d|imports?)\b)|adjust|insert|append|prepend|include|change|replace|modify|update|edit|remove|delete|after|"
    r"before|below|above|inside|within|import|register|"
    r"wrap|move|fix|swap|put|place|wire|extend|set|rename|near|at\s+the\s+(?:top|bottom|end|start|"
    r"beginning)|line\s+\d+|lines\s+\d+)\b",
    re.IGNORECASE,
)
OF_A_CHANGE = re.compile(
    r"\b(?:fix\w*|bugs?|problem|issue|current(?:ly)?|existing|chang\w+|replac\w+|updat\w+|refactor\w*|"
    r"modif\w+|renam\w+|remov\w+|lines?\s+~?\d+|insert\w*|append\w*|extend\w*)\b|^\W*add\b",
    re.IGNORECASE,
)
MAKES = re.compile(
    r"^\W*(?:\[[ xX]\]\W*)?(?:please\s+)?(?:implement|create|write|build|generate|develop|make)\b",
    re.IGNORECASE,
)
"""A line that asks for something new."""
MAKES_A_FILE = re.compile(
    r"^\W*(?:please\s+)?(?:create|write|build|generate|develop|implement)\s+(?:a|an|the|one|some)\s+(?:\w[\w-]*\s+){0,3}?"
    r"(?:script|module|files?|program|tool|cli|service|daemon|class|component|page|test\s+suite|library|package|utility|"
    r"helper|wrapper|migration|unit|template|report)\b",
    re.IGNORECASE,
)
"""A line that asks for something that is a file of its own."""
ALSO = re.compile(r"^(?:also|and|then|likewise|similarly)\b", re.IGNORECASE)
ASIDE = re.compile(
    r"\b(?:from|see|like|per|using|via|with|against|than|for|similar\s+to|based\s+on|according\s+to|as\s+in)"
    r"\s+(?:the\s+|existing\s+)*[\w`*/.~-]*$",
    re.IGNORECASE,
)
"""Before a path that a heading only refers to."""
REMOVES = re.compile(r"^(?:[^:`]*:\s*)?(?:delete|remove|drop|retire)\s+`", re.IGNORECASE)
SHAPES = re.compile(r"\b(?:data\s+models?|schemas?|formats?|layouts?)\b", re.IGNORECASE)
TESTS = re.compile(r"\b(?:tests?|specs?|failing)\b", re.IGNORECASE)
CONTENTS = re.compile(
    r"\b(?:contents?|full\s+code|complete\s+code|full\s+file|complete\s+file|full\s+script|"
    r"implementation|the\s+following|following\s+code|as\s+follows|this\s+code|exactly|"
    r"the\s+file|the\s+code|code)\b[^.]*:\s*$",
    re.IGNORECASE,
)
EDIT_HEADING = re.compile(
    r"\b(?:modif\w+|updat\w+|edit\w*|fix\w*|patch\w*|chang\w+|replac\w+|refactor\w*|wire|wiring|hook|"
    r"integrat\w+|extend\w*|register\w*|remov\w+|renam\w+|enhanc\w+|"
    r"adjust\w*|insert\w*|append\w*|improv\w+|harden\w*|correct\w*|existing|inject\w*|add\s+\w+\s+to|"
    r"migrate|convert|swap|tweak|expand|bump|disable|enable)\b",
    re.IGNORECASE,
)
CODE_HEADING = re.compile(
    r"\b(?:code|implementation|source|contents?|full|complete|solution|script|file|module|listing)\b",
    re.IGNORECASE,
)
CREATE_HEADING = re.compile(
    r"\b(?:creat\w+|new|writ\w+|implement\w*|build\w*|generat\w+|scaffold\w*|develop|introduc\w+|author|"
    r"draft)\b",
    re.IGNORECASE,
)
ADD_HEADING = re.compile(r"\badd(?:s|ed|ing)?\b", re.IGNORECASE)


_COUNTED = re.compile(
    rf"^\W*(?:{_STAGE}|change|fix|edit|patch|update|modification|file|item|bug|issue)s?\s*\#?\d+[a-z]?\b\W*|"
    r"^\W*(?:the\s+|required\s+|proposed\s+)*(?:changes|edits|modifications|fixes|updates)"
    r"(?:\s+(?:required|needed|to\s+make))?\W*$",
    re.IGNORECASE,
)


PATHS = re.compile(r"`[^`]*`|\S*[/.]\w\S*")


def subject(title: str) -> str:
    """A heading without what says nothing of its work: `Change 3:`, `Changes`, paths and other code."""
    return PATHS.sub(" ", _COUNTED.sub("", title, count=1))


def section_of(title: str) -> Section:
    """What a heading's text promises; a heading that asks for work is WORK whatever else it says."""
    text = _ORDINAL.sub("", PATHS.sub(" ", title), count=1).strip(" *`:#")
    text = re.sub(r"^\W+", "", text)
    for section, pattern in _SECTIONS:
        if pattern.search(text):
            asks = _STEP.match(text) and section is not Section.ROLLBACK
            return Section.WORK if asks else section
    return Section.WORK
