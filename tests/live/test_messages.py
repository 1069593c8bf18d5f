"""What is no message of ours is refused, whatever it is, and nothing else happens."""

import json
import math

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lessons.messages import Refused, read
from lessons.stream import Shelf, Stream
from tests.live.conftest import OPEN, SCENARIO, answered, play, sent

BROKEN = [
    "", "{", "null", "[]", "7", '"x"', "NaN", '{"type":"nothing"}', '{"type":["open"]}', '{"type":"open"}',
    '{"type":"play","from":NaN,"until":1}', '{"type":"play","from":1e999,"until":1}',
    '{"type":"play","from":0,"until":1,"extra":1}', '{"type":"play","from":true,"until":1}',
    '{"type":"play","from":-1,"until":1}', '{"type":"play","from":' + "9" * 400 + ',"until":1}',
    '{"type":"play","from":0,"until":1,"id":1.5}', '{"type":"play","from":0,"until":1,"id":' + "9" * 40 + "}",
    '{"type":"open","from":0,"until":1}', '{"type":"open","from":0,"until":1,"link":7}',
    '{"type":"open","from":0,"until":1,"link":"x","seed":1}', '{"type":"open","from":0,"until":1,"opening":1}',
    '{"type":"open","from":0,"until":1,"opening":false}',
    '{"type":"open","from":0,"until":1,"opening":true,"timeline":[[0,"a",1]]}',
    '{"type":"open","from":0,"until":1,"seed":1,"timeline":{}}', '{"type":"open","from":0,"until":1,"seed":1,"timeline":[[0,1]]}',
    '{"type":"play","from":"0","until":1}', '{"a":' * 3000 + "1" + "}" * 3000, "[" * 16_000, "x" * 20_000, "\x00", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_message_is_refused(text):
    with pytest.raises(Refused) as refused:
        read(text, None)
    assert refused.value.bad
    with pytest.raises(Refused):
        read(None, text.encode("utf-8", "surrogatepass"))


odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(min_value=2**60, max_value=2**80), st.floats(), st.text(max_size=20),
    st.sampled_from(["\x00", "\ud800", "arrival_rate", "stop.3", "servers", 1e308, -0.0, 5e-324, 2**63, 0, 1, 86_400]),
)  # fmt: skip
nested = st.recursive(
    odd, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4), max_leaves=12
)
names = st.sampled_from(["from", "until", "at", "id", "seed", "timeline", "link", "opening", "control", "value", "extra"])
shaped = st.fixed_dictionaries({"type": st.sampled_from(["open", "play", "change", "x"])}, optional={}).flatmap(
    lambda base: st.dictionaries(names, nested | st.floats(0, 2) | st.just([[0.1, "spike", True]])).map(
        lambda rest: {**base, **rest}
    )
)


def spelt(message: object) -> str:
    return json.dumps(message, allow_nan=True, ensure_ascii=False)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), nested.map(spelt), shaped.map(spelt)))
@example('{"type":"change","at":0.5,"control":"arrival_rate","value":1e400,"until":1}')
@example('{"type":"change","at":0.5,"control":"arrival_rate","value":' + "9" * 4000 + ',"until":1}')
@example('{"type":"open","from":0,"until":1,"seed":' + "9" * 300 + ',"timeline":[]}')
@example('{"type":"open","from":0,"until":1,"seed":1,"timeline":[[0,"stop.3",[[[[]]]]]]}')
@example('{"type":"open","from":0,"until":1,"link":"eJwDAAAAAAE"}')
@example('{"type":"open","from":0,"until":1,"link":"\\u0000"}')
@example('{"type":"open","from":0,"until":1,"link":"\\ud800"}')
@example('{"type":"open","from":0,"until":1,"link":"é"}')
def test_any_text_is_either_answered_or_refused(text):
    stream = Stream(SCENARIO, (), SHELF)
    answered(stream, OPEN)
    try:
        message = read(text, None)
        reply = sent(stream, message)
    except Refused as refused:
        orjson.dumps(refused.to_json())
    else:
        segment = orjson.loads(reply)
        assert segment["until"] > segment["from"] >= 0
        assert all(math.isfinite(at) for at in segment["at"])
    assert answered(stream, play(stream.now, stream.now + 0.5))["type"] == "segment"


SHELF = Shelf.empty()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_binary_is_refused(data):
    with pytest.raises(Refused) as refused:
        read(None, data)
    assert refused.value.bad
