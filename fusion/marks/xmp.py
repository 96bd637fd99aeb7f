"""XMP (ISO 16684-1): the packet that results carry, and what any tool's packet says of where a picture comes from.

The property of the label and its namespace are from TC260-PG-20259A, the kind of source from IPTC's photo metadata.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import ElementTree

from fusion.marks.aigc import AigcLabel

MOST_BYTES = 1024 * 1024  # of a packet that is read

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TC260 = "http://www.tc260.org.cn/ns/AIGC/1.0/"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"

_RDF_ROOT = f"{{{_RDF}}}RDF"
_LISTS = {f"{{{_RDF}}}{kind}" for kind in ("Bag", "Seq", "Alt")}

# Names of properties as `properties` has them: {namespace}name.
AIGC = f"{{{_TC260}}}AIGC"
DIGITAL_SOURCE_TYPE = f"{{{_IPTC}}}DigitalSourceType"
CREATOR_TOOL = f"{{{_XMP}}}CreatorTool"
CREDIT = f"{{{_PHOTOSHOP}}}Credit"

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
# A photo of which a trained model has made a part anew. The landmark engine warps and blends, but it finds what it does
# so with by trained models, and who looks at the result is told the same.
COMPOSITE = f"{SOURCE_TYPES}compositeWithTrainedAlgorithmicMedia"

_TEMPLATE = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">\n'
    f'<rdf:Description rdf:about="" xmlns:TC260="{_TC260}"\n'
    f'  xmlns:Iptc4xmpExt="{_IPTC}" xmlns:xmp="{_XMP}"\n'
    f'  xmp:CreatorTool={{software}}\n  Iptc4xmpExt:DigitalSourceType="{COMPOSITE}"\n  TC260:AIGC={{label}}/>\n'
    '</rdf:RDF></x:xmpmeta>\n<?xpacket end="r"?>'
)


def packet(label: AigcLabel, software: str) -> str:
    """The packet of a result: its label, what kind of source it is, and the program that made it."""
    return _TEMPLATE.format(software=_attribute(software), label=_attribute(label.dumps()))


def properties(packet: bytes) -> Mapping[str, tuple[str, ...]]:
    """What a packet says at its top level, whoever wrote it: by `{namespace}name` every value, in their order.

    A property may be an attribute or an element, hold a list, or be said twice. What is said of something else, as of
    the pictures from which this one was made, is not in it.

    Raises:
        ValueError: too long, no XML, or with declarations of its own, which no packet needs and attacks are made of.
    """
    if len(packet) > MOST_BYTES:
        raise ValueError("the XMP packet is too long")
    try:
        root = ElementTree.fromstring(packet.strip(b"\0 \t\r\n"), forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:
        raise ValueError(f"no XMP: {type(error).__name__}") from error
    found: dict[str, tuple[str, ...]] = {}
    for name, values in _said(root):
        found[name] = (*found.get(name, ()), *values)
    return found


def _said(root: Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    for rdf in [root] if root.tag == _RDF_ROOT else root.findall(_RDF_ROOT):
        for about in rdf:
            for name, value in about.attrib.items():
                if not name.startswith(f"{{{_RDF}}}"):
                    yield name, (value,)
            for child in about:
                yield child.tag, _values(child)


def _values(element: Element) -> tuple[str, ...]:
    """Those of an element's list, or its own. Looked for no deeper, which would take the square of the length."""
    lists = [each for each in element if each.tag in _LISTS]
    listed = [_text(each) for several in lists for each in several]
    return tuple(listed) or (_text(element),)


def _text(element: Element) -> str:
    """The address that an element points to, or the text in it."""
    return element.get(f"{{{_RDF}}}resource") or "".join(element.itertext()).strip()


def _attribute(text: str) -> str:
    """In double quotes, so that readers find it that know no XML either."""
    return '"' + escape(text, {'"': "&quot;"}) + '"'
