"""A card, or the machine without one, as it is now and was for five minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import plotly.graph_objects as go
import streamlit as st

from advisor.device import HostSample, monitor
from advisor.driver import Gpu, MigPart, Reason, Throttle
from pages.parts.components import Part, bars, charts, gib, in_gib
from pages.parts.gpu.card_names import card_name, slot
from pages.parts.i18n import Words
from pages.parts.services import Live

_NO_LIMIT_W = 300.0  # the height of the power's axis where a card names no limit


def card(say: Words, live: Live, gpu: Gpu, number: int, *, titled: bool = True) -> None:
    """One card: what it is, its memory, how it fares, five minutes of it.

    Args:
        titled: whether its name stands above it; else it is in something that has its name.
    """
    with st.container(border=titled, gap="small", key=f"card_{number}"):
        _head(say, live, gpu, titled=titled)
        now = live.now.card(monitor.key_of(gpu))
        if gpu.is_mig:
            _parts(say, gpu.parts)
        elif now is not None:
            _memory(say, gpu, now)
        _figures(say, gpu)
        st.caption(_throttled(say, gpu.throttles))
        _history(say, live, gpu, number)


def host(say: Words, live: Live, *, charted: bool) -> None:
    """The machine itself.

    Args:
        charted: whether five minutes of it are drawn too.
    """
    now = live.now.host
    seen = live.snapshot.host
    with st.container(border=True, gap="small", key="host"):
        st.subheader(say("gpu.host"), anchor=False)
        about = say("gpu.host.about", cores=seen.cores, total=gib(now.total_bytes))
        limit = f" · {say('gpu.host.limited', total=gib(seen.total_bytes))}" if seen.is_limited else ""
        st.caption(about + limit)
        st.html(bars.bar(_host_parts(say, now), say("gpu.host.memory")))
        busy = say("gpu.host.busy", percent=100 * now.busy, most=100 * max(now.cores, default=0.0))
        shown = {"gpu.busy": busy, "gpu.host.left": in_gib(now.available_bytes)}
        _pairs(say, shown, "host_figures")
        if charted:
            memory = lambda: charts.host_memory(say, live.samples, live.marks)  # noqa: E731
            load = lambda: charts.host_load(say, live.samples, live.marks)  # noqa: E731
            _charts({"gpu.chart.host": memory, "gpu.chart.load": load}, say, live, "host")
            st.caption(_host_told(say, live))


def missing(say: Words, live: Live) -> None:
    """Why a card, or some card, is not here, or not used, and what to do."""
    snapshot, place = live.snapshot, live.machine.place
    why = snapshot.why if not snapshot.gpus else place.why
    if why not in (None, Reason.ORDER_UNKNOWN):
        _reason(say, why)
    for unread in snapshot.unread if snapshot.gpus else ():
        message, remedy = say.machine(unread.why)
        st.warning(f"**{say('gpu.unread', index=unread.index)}** {message}  \n{remedy}", icon=":material/warning:")


def order(say: Words, live: Live) -> None:
    """That nobody knows yet which card is taken, folded: it works all the same."""
    if live.machine.place.why == Reason.ORDER_UNKNOWN:
        message, remedy = say.machine(Reason.ORDER_UNKNOWN)
        with st.expander(message, key="order_unknown"):
            st.markdown(remedy)


def _reason(say: Words, why: Reason) -> None:
    message, remedy = say.machine(why)
    st.info(f"**{message}**  \n{remedy}", icon=":material/info:")


def _head(say: Words, live: Live, gpu: Gpu, *, titled: bool) -> None:
    known = {
        "gpu.driver": gpu.driver,
        "gpu.cuda": gpu.cuda_version,
        "gpu.capability": gpu.capability and ".".join(map(str, gpu.capability)),
        "gpu.slot": slot(gpu),
    }
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if titled:
            st.subheader(card_name(say, gpu, live.snapshot.gpus), anchor=False, width="content")
        _badge(say, live, gpu)
    st.caption(" · ".join(say(key, value=value) for key, value in known.items() if value))


def _badge(say: Words, live: Live, gpu: Gpu) -> None:
    uuids = (gpu.uuid, *(part.uuid for part in gpu.parts))
    if live.machine.place.uuid in uuids or any(view.card in uuids for view in live.workers if view.card):
        st.badge(say("gpu.used"), icon=":material/bolt:", color="green")
    elif gpu.is_visible is False and not gpu.is_mig:
        st.badge(
            say("gpu.hidden"),
            icon=":material/visibility_off:",
            color="gray",
            help=say.together(*say.machine(Reason.HIDDEN)),
        )
    if gpu.is_mig:
        st.badge(say("gpu.divided"), icon=":material/grid_view:", color="gray", help=say("gpu.divided.help"))


def _memory(say: Words, gpu: Gpu, now: monitor.CardSample) -> None:
    if now.total_bytes is None or now.used_bytes is None or now.others_bytes is None:
        st.caption(say("gpu.memory_unknown"))
        return
    title = say("gpu.memory_of", total=gib(now.total_bytes))
    st.html(bars.bar(memory_parts(say, gpu, now), title))
    if now.told != monitor.Told.DRIVER:
        st.caption(say("gpu.ours_unknown" if now.told is None else "gpu.ours_by_worker"))
    if gpu.is_unified:
        st.caption(say("gpu.unified"))


def memory_parts(say: Words, gpu: Gpu, now: monitor.CardSample) -> list[Part]:
    """Who has how much of a card's memory; what nobody tells counts as the others'."""
    others = now.others_bytes or 0
    kept = min(gpu.reserved_bytes or 0, others)
    sizes = (
        ("gpu.part.ours", now.ours_bytes or 0, bars.SOLID),
        ("gpu.part.others", others - kept, bars.STRIPED),
        ("gpu.part.kept", kept, bars.DOTTED),
        ("gpu.part.free", now.free_bytes or 0, bars.EMPTY),
    )
    return _seen(say, sizes)


def _seen(say: Words, sizes: Sequence[tuple[str, int, str]]) -> list[Part]:
    """What of the memory is withheld is left out where it is next to nothing."""
    seen = (each for each in sizes if each[0] != "gpu.part.withheld" or float(gib(each[1])) > 0)
    return [Part(say(key, gib=gib(size)), size, ground) for key, size, ground in seen]


def _parts(say: Words, parts: Sequence[MigPart]) -> None:
    """Of a divided card each part; the card as a whole takes no work."""
    for part in parts:
        name = part.name or say("gpu.part_nameless", index=part.index)
        if part.total_bytes is None or part.free_bytes is None:
            st.caption(f"{name}: {say('gpu.memory_unknown')}")
            continue
        used = part.total_bytes - part.free_bytes
        said = [("gpu.part.used", used, bars.STRIPED), ("gpu.part.free", part.free_bytes, bars.EMPTY)]
        st.caption(name)
        st.html(bars.bar([Part(say(key, gib=gib(size)), size, ground) for key, size, ground in said], name))


def _figures(say: Words, gpu: Gpu) -> None:
    """How it fares; nothing of what it does not say."""
    shown: dict[str, str] = {}
    if gpu.utilisation is not None:
        shown["gpu.busy"] = say("gpu.percent", percent=100 * gpu.utilisation)
    if gpu.temperature_c is not None:
        shown["gpu.temperature"] = f"{gpu.temperature_c} °C"
    if gpu.power_w is not None:
        shown["gpu.power"] = _of(say, gpu.power_w, gpu.power_limit_w, "W")
    if gpu.clock_mhz is not None:
        shown["gpu.clock"] = _of(say, gpu.clock_mhz, gpu.clock_max_mhz, "MHz")
    if gpu.memory_clock_mhz is not None:
        shown["gpu.memory_clock"] = f"{gpu.memory_clock_mhz} MHz"
    _pairs(say, shown, f"figures_{gpu.index}")


def _of(say: Words, now: float, most: float | None, unit: str) -> str:
    return f"{now:.0f} {unit}" if most is None else say("gpu.of", now=now, most=most, unit=unit)


def _pairs(say: Words, shown: Mapping[str, str], key: str) -> None:
    with st.container(horizontal=True, gap="small", key=key):
        for name, value in shown.items():
            st.markdown(f":small[:gray[{say(name)}]]  \n**{value}**", width="content")


def _throttled(say: Words, throttles: tuple[Throttle, ...] | None) -> str:
    """Why the clocks are not higher, in plain words."""
    if throttles is None:
        return say("gpu.throttle_unknown")
    if not throttles:
        return f":material/speed: {say('gpu.throttle_none')}"
    why = say("run.needs.join").join(say(f"throttle.{each}") for each in throttles)
    return f":material/speed: {say('gpu.throttled', why=why)}"


def _history(say: Words, live: Live, gpu: Gpu, number: int) -> None:
    key, samples = monitor.key_of(gpu), live.samples
    drawn: dict[str, Callable[[], go.Figure]] = {}
    if gpu.total_bytes is not None and not gpu.is_mig:
        drawn["gpu.chart.memory"] = lambda: charts.card_memory(say, samples, key, live.marks)
    if gpu.utilisation is not None:
        drawn["gpu.chart.load"] = lambda: charts.card_load(say, samples, key, live.marks)
    if gpu.temperature_c is not None or gpu.power_w is not None:
        limit = gpu.power_limit_w or _NO_LIMIT_W
        drawn["gpu.chart.heat"] = lambda: charts.card_heat(say, samples, key, live.marks, limit)
    _charts(drawn, say, live, f"card_{number}")
    st.caption(_card_told(say, live, [card for sample in samples if (card := sample.card(key))]))


def _charts(drawn: Mapping[str, Callable[[], go.Figure]], say: Words, live: Live, key: str) -> None:
    """The first over the whole width where there are three; the others side by side. Made once for all who look."""
    names = list(drawn)
    rows = [names[:1], names[1:]] if len(names) > 2 else [names]
    for row in filter(None, rows):
        for column, name in zip(st.columns(len(row)), row, strict=True):
            with column, st.container(gap=None):
                st.markdown(f":small[**{say(name)}**]")
                figure = live.once((say.language, key, name), drawn[name])
                # A chart whose alternative text changes is put up anew: the numbers are in the line below.
                alt = say(f"{name}.alt")
                st.plotly_chart(figure, height=charts.HEIGHT, config=charts.CONFIG, alt=alt, key=f"{key}_{name}")


def _card_told(say: Words, live: Live, cards: Sequence[monitor.CardSample]) -> str:
    """What the charts show, in words."""
    used = [gib(card.used_bytes) for card in cards if card.used_bytes is not None]
    busy = [card.utilisation for card in cards if card.utilisation is not None]
    warm = [card.temperature_c for card in cards if card.temperature_c is not None]
    return _told(say, live, {"memory": used, "load": _percents(busy), "heat": [str(each) for each in warm]})


def _host_told(say: Words, live: Live) -> str:
    hosts = [sample.host for sample in live.samples]
    used = [gib(host.total_bytes - host.available_bytes - host.withheld_bytes) for host in hosts]
    return _told(say, live, {"memory": used, "load": _percents([host.busy for host in hosts])})


def _percents(shares: Sequence[float]) -> list[str]:
    return [f"{100 * share:.0f}" for share in shares]


def _told(say: Words, live: Live, series: Mapping[str, Sequence[str]]) -> str:
    """Lowest, highest and newest of each; what has not moved is said once. Empty where nothing is known."""
    said = [_course(say, what, values) for what, values in series.items() if values]
    if not said:
        return ""
    told = say("gpu.told", what=say("gpu.told.join").join(said))
    return say.together(told, say("gpu.told.jobs", count=len(live.marks)) if live.marks else "")


def _course(say: Words, what: str, values: Sequence[str]) -> str:
    low, high = min(values, key=float), max(values, key=float)
    if low == high:
        return say(f"gpu.told.{what}.still", now=low)
    return say(f"gpu.told.{what}", low=low, high=high, now=values[-1])


def _host_parts(say: Words, now: HostSample) -> list[Part]:
    sizes = (
        ("gpu.part.ours", now.ours_bytes, bars.SOLID),
        ("gpu.part.others", now.others_bytes, bars.STRIPED),
        ("gpu.part.withheld", now.withheld_bytes, bars.DOTTED),
        ("gpu.part.free", now.available_bytes, bars.EMPTY),
    )
    return _seen(say, sizes)
