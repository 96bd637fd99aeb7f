"""XMP packets: what ours says, as a parser of XML finds it, and what is read from others', friendly or not."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.marks import AigcLabel, xmp
from tests.support.fixtures.labels import LABELS

LABEL = AigcLabel("1", "Fusewise", "a1b2", "<&'>", "Fusewise", "a1b2")
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
IPTC = 'xmlns:I="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'


def packed(inside: str) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {RDF}>{inside}</rdf:RDF></x:xmpmeta>'.encode()


@given(LABELS)
def test_a_packet_says_the_label_the_source_and_the_program(label: AigcLabel) -> None:
    found = xmp.properties(xmp.packet(label, "Fusewise 1 <é>").encode())
    assert dict(found) == {
        xmp.AIGC: (label.dumps(),),
        xmp.DIGITAL_SOURCE_TYPE: (xmp.COMPOSITE,),
        xmp.CREATOR_TOOL: ("Fusewise 1 <é>",),
    }


def test_a_packet_says_so_to_a_plain_parser_of_xml_as_well() -> None:
    root = ElementTree.fromstring(xmp.packet(LABEL, "Fusewise 1"))
    (about,) = root.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    assert about.get("{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC") == LABEL.dumps()
    kind = about.get("{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType")
    assert kind == "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@pytest.mark.parametrize(
    "said",
    [
        f'<rdf:Description {IPTC} I:DigitalSourceType="a:b"/>',
        f"<rdf:Description {IPTC}><I:DigitalSourceType> a:b\n</I:DigitalSourceType></rdf:Description>",
        f'<rdf:Description {IPTC}><I:DigitalSourceType rdf:resource="a:b"/></rdf:Description>',
        f"<rdf:Description {IPTC}><I:DigitalSourceType><rdf:Bag><rdf:li>a:b</rdf:li></rdf:Bag></I:DigitalSourceType>"
        "</rdf:Description>",
    ],
)
def test_a_property_is_found_however_another_tool_has_written_it(said: str) -> None:
    assert xmp.properties(packed(said)) == {xmp.DIGITAL_SOURCE_TYPE: ("a:b",)}


def test_what_is_said_twice_is_found_twice_and_what_is_said_of_something_else_not_at_all() -> None:
    twice = f'<rdf:Description {IPTC} I:DigitalSourceType="a"/><rdf:Description {IPTC} I:DigitalSourceType="b"/>'
    assert xmp.properties(packed(twice)) == {xmp.DIGITAL_SOURCE_TYPE: ("a", "b")}
    other = f'<rdf:Description xmlns:o="o:"><o:of><rdf:Description {IPTC} I:DigitalSourceType="a"/></o:of>'
    assert xmp.DIGITAL_SOURCE_TYPE not in xmp.properties(packed(other + "</rdf:Description>"))


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"<a>",
        b"hello",
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" + b" " * xmp.MOST_BYTES + b"</a>",
        b"\xff\xfe<a/>",
    ],
)
def test_a_packet_that_is_none_or_means_harm_is_refused(packet: bytes) -> None:
    with pytest.raises(ValueError, match="XMP"):
        xmp.properties(packet)


@pytest.mark.parametrize("tag", ["a", "rdf:li", "rdf:Bag", "rdf:RDF", "rdf:Description"])
def test_a_packet_nested_deeply_does_no_harm(tag: str) -> None:
    deep = f"<{tag}>" * 20_000 + "the end" + f"</{tag}>" * 20_000
    assert "the end" in str(xmp.properties(packed(f"<rdf:Description {IPTC}><I:a>{deep}</I:a></rdf:Description>")))
    assert len(xmp.properties(packed(deep))) <= 1


@given(st.binary() | st.text().map(str.encode))
def test_whatever_is_read_is_a_packet_or_a_value_error(data: bytes) -> None:
    for packet in (data, packed("").replace(b"></rdf", b">" + data + b"</rdf")):
        try:
            xmp.properties(packet)
        except ValueError:
            continue
