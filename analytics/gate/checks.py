"""The result for other tools: JUnit XML, SARIF 2.1.0, and GitHub's annotations.

In: a result, the files that prompts and tools stand in. Out: text.
Sources: SARIF 2.1.0 (OASIS), the JUnit schema of Jenkins, GitHub's workflow commands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from analytics.gate.result import GateResult, WorkloadResult
from analytics.gate.settings import GateSettings
from analytics.gate.verdict import Measure, Verdict, by_how_much
from analytics.gate.words import accepted, headline
from analytics.gate.words_limits import limit_sentence

RULES = {
    "COST001": ("typical-cost", "The typical cost per task rose"),
    "COST002": ("bill", "The bill of all cases rose"),
    "COST003": ("costliest-tenth", "The costliest tenth of runs rose"),
    "COST004": ("cache-prefix-break", "The cacheable prefix of a prompt changed"),
    "COST005": ("unpriced-usage", "Usage without a price, or sides that cannot be compared"),
    "COST006": ("case-limit", "A case is above its limit"),
}
MEASURED = ("COST001", "COST002", "COST003")
MOST_ANNOTATIONS = 10
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


@dataclass(frozen=True)
class Finding:
    """One thing a tool shows: rule, gravity (error, warning, note), text, and whom it is about."""

    rule: str
    level: str
    text: str
    about: str
    file: str = ""


def findings(result: GateResult) -> list[Finding]:
    """What is to be said, gravest first."""
    found = list(_findings(result))
    return sorted(found, key=lambda finding: ("error", "warning", "note").index(finding.level))


def junit(result: GateResult) -> str:
    """One test case a workload: FAIL fails, INCONCLUSIVE is skipped, not comparable is an error."""
    suite = ElementTree.Element("testsuite", name=f"spanledger gate {result.suite}")
    counts = {"failures": 0, "errors": 0, "skipped": 0}
    for found in result.workloads:
        case = ElementTree.SubElement(suite, "testcase", classname="spanledger.gate", name=found.workload)
        if result.verdict is None:
            counts["errors"] += 1
            ElementTree.SubElement(case, "error", message=result.reason).text = "\n".join(result.reasons)
        elif found.verdict is Verdict.FAIL and result.blocks:
            counts["failures"] += 1
            ElementTree.SubElement(case, "failure", message=found.reason).text = headline(result)
        elif found.verdict is Verdict.INCONCLUSIVE:
            counts["skipped"] += 1
            ElementTree.SubElement(case, "skipped", message=found.reason)
        else:
            ElementTree.SubElement(case, "system-out").text = f"{found.verdict.value}: {found.reason}"
    if result.verdict is None and not result.workloads:
        counts["errors"] += 1
        case = ElementTree.SubElement(suite, "testcase", classname="spanledger.gate", name=result.suite)
        ElementTree.SubElement(case, "error", message=result.reason).text = "\n".join(result.reasons)
    for check in result.limits:
        case = ElementTree.SubElement(
            suite, "testcase", classname="spanledger.gate.limits", name=f"{check.case}: {check.unit}"
        )
        if check.is_broken and result.blocks:
            counts["failures"] += 1
            ElementTree.SubElement(case, "failure", message=limit_sentence(check))
        elif check.is_broken:
            ElementTree.SubElement(case, "system-out").text = limit_sentence(check)
        elif not check.is_known:
            counts["skipped"] += 1
            ElementTree.SubElement(case, "skipped", message="calls of this case have no price")
    suite.set("tests", str(len(suite)))
    for name, count in counts.items():
        suite.set(name, str(count))
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def sarif(result: GateResult, files: Sequence[str], version: str) -> str:
    """SARIF 2.1.0; every result points at a file of `files`, the first one unless it has its own."""
    place = files[0] if files else "spanledger.yaml"
    rules = [
        {
            "id": rule,
            "name": name,
            "shortDescription": {"text": text},
            "defaultConfiguration": {"level": "warning"},
        }
        for rule, (name, text) in RULES.items()
    ]
    results = [
        {
            "ruleId": found.rule,
            "ruleIndex": list(RULES).index(found.rule),
            "level": found.level,
            "message": {"text": found.text},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": found.file or place},
                        "region": {"startLine": 1},
                    }
                }
            ],
            "partialFingerprints": {"workloadAndRule/v1": f"{found.about}/{found.rule}"},
        }
        for found in findings(result)
    ]
    driver = {"name": "SpanLedger gate", "version": version, "rules": rules}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results, "columnKind": "utf16CodeUnits"}],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def github_annotations(result: GateResult, files: Sequence[str]) -> list[str]:
    """Workflow commands, at most ten errors and ten warnings."""
    lines: list[str] = []
    for level in ("error", "warning"):
        chosen = [found for found in findings(result) if found.level == level][:MOST_ANNOTATIONS]
        for found in chosen:
            file = found.file or (files[0] if files else "")
            where = f" file={_property(file)},title=" if file else " title="
            lines.append(f"::{level}{where}{_property(RULES[found.rule][1])}::{_message(found.text)}")
    return lines


def _findings(result: GateResult) -> Iterator[Finding]:
    for reason in result.reasons:
        yield Finding("COST005", "warning", reason, result.suite)
    for check in result.broken_limits:
        level = "error" if result.blocks else "warning"
        yield Finding("COST006", level, limit_sentence(check), f"{check.case}/{check.unit}")
    if result.verdict is not None:
        for workload in result.workloads:
            yield from _of_workload(workload, result)
    if result.static is not None:
        for found in result.static.findings:
            if found.first_difference is not None:
                yield Finding(
                    "COST004", "warning",
                    f"{found.case}: the cacheable prefix changes at character {found.first_difference}",
                    found.case, found.file,
                )  # fmt: skip


def _of_workload(workload: WorkloadResult, result: GateResult) -> Iterator[Finding]:
    judged = workload.judgement or workload.unpaired
    assert judged is not None
    factor = workload.p_family / workload.p if workload.p else 1.0
    for rule, measure in zip(MEASURED, (judged.typical, judged.bill, judged.tail), strict=False):
        level = _level(rule, measure, factor, result.settings)
        if level == "note":
            continue
        if level == "error" and not result.blocks:
            level = "warning"
        text = f"{workload.workload}: {RULES[rule][1].lower()} {by_how_much(measure.ratio)} (p {measure.p_rise:.2g})"
        if workload.split.culprit:
            text += f"; {workload.split.culprit}"
        if told := accepted(result):
            text += f"; {told}"
        yield Finding(rule, level, text, workload.workload)


def _level(rule: str, measure: Measure, factor: float, settings: GateSettings) -> str:
    margin = settings.tail_margin if rule == "COST003" else settings.margin
    p = min(1.0, measure.p_rise * factor)
    if p <= settings.fail_level and measure.ratio >= 1 + margin:
        return "error"
    return "warning" if p <= settings.warn_level else "note"


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
