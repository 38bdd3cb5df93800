"""Texts of the kinds that stand in requests, to measure token counters on.

In: this checkout. Out: kind -> text. The languages are article 1 of the Universal Declaration of Human Rights.
"""

import argparse
import json
from pathlib import Path

from cli.parser import build
from cli.reference import leaves

ROOT = Path(__file__).parents[1]
DECLARATION = {
    "German": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen "
    "begabt und sollen einander im Geist der Brüderlichkeit begegnen.",
    "French": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de "
    "conscience et doivent agir les uns envers les autres dans un esprit de fraternité.",
    "Russian": "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью "
    "и должны поступать в отношении друг друга в духе братства.",
    "Greek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι "
    "με λογική και συνείδηση, και οφείλουν να συμπεριφέρονται μεταξύ τους με πνεύμα αδελφοσύνης.",
    "Arabic": "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميراً وعليهم أن يعامل بعضهم بعضاً "
    "بروح الإخاء.",
    "Hebrew": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך חובה עליהם לנהוג "
    "איש ברעהו ברוח של אחווה.",
    "Hindi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। उन्हें बुद्धि और अन्तरात्मा "
    "की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव से बर्ताव करना चाहिए।",
    "Thai": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม และควรปฏิบัติต่อกัน"
    "ด้วยเจตนารมณ์แห่งภราดรภาพ",
    "Chinese": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
    "Japanese": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"
    "人間は、理性と良心とを授けられており、互いに同胞の精神をもって行動しなければならない。",
    "Korean": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. "
    "인간은 천부적으로 이성과 양심을 부여받았으며 서로 형제애의 정신으로 행동하여야 한다.",
}  # fmt: skip
IDS = (
    "3f2a9c1e-77b0-4d5e-9a41-0c6b2f8e1d9a 0x7ffee4b2c8d0 sha256:9f86d081884c7d659a2feaa0c55ad015 "
    "2026-11-20T10:15:22.123Z 192.168.1.17 $1,234.56 call_9aF3xQ2LmT0 msg_01XFDUDYJgAACzvnptvVoYEL\n"
)


def plain_texts() -> dict[str, str]:
    """English, code and data, as most requests hold them."""
    schemas = [_tool(command) for command in leaves(build())]
    return {
        "English prose": _files("docs/*.md"),
        "Python": _files("analytics/*.py"),
        "SQL": _files("sql/queries/*.sql"),
        "JSON tool schemas": json.dumps(schemas, separators=(",", ":")),
        "JSON, indented": json.dumps(schemas, indent=2),
        "ids and numbers": IDS * 20,
    }


def _tool(command: argparse.ArgumentParser) -> dict[str, object]:
    """A command of ours as a tool definition."""
    properties = {
        action.dest: {"type": "string", "description": action.help or ""} for action in command._actions
    }
    schema = {"type": "object", "properties": properties, "required": list(properties)[:1]}
    return {"name": command.prog, "description": command.description or "", "input_schema": schema}


def _files(pattern: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob(pattern)))
