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


_ORDINAL = re.compile(
    r"^\W*(?:(?:step|phase|part|section|task)?\s*\d+(?:\.\d+)*[a-z]?\s*[:.)—\u2013-]*\s*)?", re.IGNORECASE
)
_SECTIONS = (
    (
        Section.EXCLUDED,
        re.compile(
            r"^(?:out\s+of\s+scope|do\s+not|don't|what\s+not|non-goals|not\s+in\s+scope|constraints)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Section.ROLLBACK,
        re.compile(
            r"^(?:rollback|roll\s+back|revert|backout|undo|if\s+(?:something|anything|it)\s|recovery|"
            r"restor)|rollback",
            re.IGNORECASE,
        ),
    ),
    (
        Section.EXAMPLE,
        re.compile(
            r"^(?:examples?|samples?|usage|how\s+to\s+use|quick\s*start|appendix|demo|illustration)\b|"
            r"\b(?:examples?|usage)$",
            re.IGNORECASE,
        ),
    ),
    (
        Section.CURRENT,
        re.compile(
            r"^(?:current(?:ly)?|existing|before$|problem|background|context|root\s+cause|symptoms?|"
            r"analysis|observed|findings|what\s+(?:is|went|"
            r"happened|exists)|the\s+problem|as[- ]is|error|traceback|evidence|diagnosis|prior\s+art|"
            r"status\s+quo|why\b|motivation|the\s+bug)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Section.VERIFY,
        re.compile(
            r"^(?:verif\w*|validat\w*|test(?:s|ing)?(?:\s+(?:plan|steps?|procedure|commands?|cases?|it|"
            r"the\s.*))?$|tests?\b|testing\b|acceptance|success|smoke|"
            r"sanity|check(?:s|list)?\b|quality|expected|post[- ]?(?:deploy|install)\w*|"
            r"how\s+to\s+(?:test|verify)|definition\s+of\s+done|done\s+when|"
            r"confirm\w*|monitor\w*|health\s+check$)|verification$|validation$|acceptance\s+criteria",
            re.IGNORECASE,
        ),
    ),
    (
        Section.NOTES,
        re.compile(
            r"^(?:notes?|overview|architecture|design|data\s+flow|diagram|summary|objective|goals?|"
            r"rationale|expected\s+output|output|logs?|references?|"
            r"see\s+also|security|troubleshooting|faq|dependencies|prerequisites|requirements|important|"
            r"warnings?|interfaces?|inputs?|"
            r"directory\s+structure|file\s+structure|project\s+structure|schema\s+overview|"
            r"api\s+reference|research|resources|related|timeline|risks?|"
            r"common\s+(?:issues|errors)|gotchas|scope|signatures?|formats?|data\s+models?|protocol|"
            r"contract)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Section.SETUP,
        re.compile(
            r"^(?:deploy\w*|install\w*|setup|set\s+up|run\b|running|execute|execution|restart|enable|"
            r"start|apply|launch|build\b|commands?)",
            re.IGNORECASE,
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
    r"\b(?:current(?:ly)?|existing\s+(?:code|implementation|file|function|version|schema|config\w*)|"
    r"as\s+it\s+(?:is|stands)|today|at\s+the\s+moment|right\s+now|"
    r"(?:the\s+)?(?:problem(?:atic)?|broken|buggy|faulty|old|original|offending|wrong)\s+(?:code|line|"
    r"version|implementation|query|block|section)|looks\s+like\s+this\s+(?:now|today)|before\s*:$|"
    r"the\s+bug|do\s+not\s+(?:do|use|write)|don't|wrong\s*:|bad\s*:|incorrect|instead\s+of\s+this|"
    r"anti-?pattern|never\b|avoid\b|not\s+like\s+this|already\s+(?:has|contains|exists|defines))\b",
    re.IGNORECASE,
)
CHANGE = re.compile(
    r"\b(?:add|adjust|insert|append|prepend|include|change|replace|modify|update|edit|remove|delete|after|"
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
ALSO = re.compile(r"^(?:also|and|then|likewise|similarly)\b", re.IGNORECASE)
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


def section_of(title: str) -> Section:
    """What a heading's text promises; a heading that asks for work is WORK whatever else it says."""
    text = _ORDINAL.sub("", title, count=1).strip(" *`:#")
    text = re.sub(r"^\W+", "", text)
    for section, pattern in _SECTIONS:
        if pattern.search(text):
            asks = _STEP.match(text) and section is not Section.ROLLBACK
            return Section.WORK if asks else section
    return Section.WORK
