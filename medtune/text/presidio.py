"""Names, places and dates in prose, found by Presidio with a spaCy pipeline: the only door of both.

It is a statistical model: it misses names and takes other words for names, and nobody has counted
either on your texts. What has a form is found by ``identifiers``, with it as without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from medtune.errors import InputError

# Presidio's names of what has no form, and the placeholder of each; all else has its form already.
# (Its own rule for e-mail addresses would fetch a list of domains from the web.)
PLACEHOLDER_OF = {
    "PERSON": "NAME",
    "LOCATION": "LOCATION",
    "ORGANIZATION": "ORGANIZATION",
    "NRP": "NRP",  # nationality, religion, politics
    "DATE_TIME": "DATE",
}
PLACEHOLDER = re.compile(r"\[[A-Z]+\]")


class Finder:
    """Finds words of some kinds in a text.

    Args:
        pipeline: folder of a spaCy pipeline, as ``nlp.to_disk`` writes it. No code in it is run.
        language: of its texts, as in ISO 639-1.
        entities: of ``PLACEHOLDER_OF``.
        score: the least that Presidio gives to what is replaced, from 0 to 1.

    Raises:
        InputError: Presidio is not installed, or there is no such pipeline.
    """

    def __init__(
        self, pipeline: Path, language: str, entities: Sequence[str], score: float
    ) -> None:
        try:
            import spacy
            from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
            from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
            from presidio_analyzer.predefined_recognizers import SpacyRecognizer
        except ImportError as error:
            raise InputError(
                "'data.redact.presidio' needs presidio-analyzer, which is not installed: "
                "pip install 'medtune[presidio]'"
            ) from error
        try:
            nlp = spacy.load(pipeline)
        except (OSError, ValueError) as error:
            raise InputError(
                f"'data.redact.presidio.pipeline' points to {pipeline.name}, which is no folder of "
                "a spaCy pipeline that can be read. Nothing is fetched here. Where there is a "
                "network, 'python -m spacy download en_core_web_lg' installs one, and "
                "'import en_core_web_lg; en_core_web_lg.load().to_disk(FOLDER)' writes it."
            ) from error
        engine = SpacyNlpEngine(
            models=[{"lang_code": language, "model_name": str(pipeline)}],
            ner_model_configuration=NerModelConfiguration(labels_to_ignore=[]),
        )
        engine.nlp = {language: nlp}  # its own way to load one would fetch what is missing
        finds = SpacyRecognizer(
            supported_language=language, supported_entities=list(PLACEHOLDER_OF)
        )
        self._analyzer: Any = AnalyzerEngine(
            registry=RecognizerRegistry(recognizers=[finds], supported_languages=[language]),
            nlp_engine=engine,
            supported_languages=[language],
        )
        self._language, self._entities, self._score = language, list(entities), score

    def found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Begin, end and placeholder of each, in order, none within another or a placeholder."""
        results = self._analyzer.analyze(
            text, self._language, entities=self._entities, score_threshold=self._score
        )
        at = 0
        for one in sorted(results, key=lambda one: (one.start, -one.end, one.entity_type)):
            start, end = max(one.start, at), one.end
            parts = [start]
            for own in PLACEHOLDER.finditer(text):  # an entity may reach over one
                if own.start() < end and own.end() > start:
                    parts += [max(own.start(), start), min(own.end(), end)]
            parts.append(end)
            for begin, stop in zip(parts[::2], parts[1::2], strict=True):
                words = text[begin:stop]
                if re.search(r"\w", words):
                    lead = len(words) - len(words.lstrip())
                    yield begin + lead, begin + len(words.rstrip()), PLACEHOLDER_OF[one.entity_type]
            at = max(at, end)
