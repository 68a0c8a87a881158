import numpy as np
import pytest

from app.data.benchmarks import BENCHMARKS
from app.errors import OutputError
from app.evaluation.public import plots
from app.evaluation.public.figure_style import open_figure
from app.evaluation.public.plots import Method, short_name
from app.evaluation.public.published import ANCHORS, DATASETS, markdown_table, published
from tests.repository.tree import ROOT

RNG = np.random.default_rng(9)
NYU = BENCHMARKS["nyu"]
STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def method(name: str, scale: float, joints: int, ours: bool = False, seen: bool = False) -> Method:
    angles = RNG.normal(0, 30, (60, 2)) if seen else None
    return Method(name, RNG.gamma(2, scale, (60, joints)), ours, angles)


def drawn(axes) -> list[str]:
    return [line.get_label() for line in axes.lines]


@pytest.fixture
def figures(monkeypatch):
    """The figures that would be written, in their order."""
    from matplotlib.figure import Figure

    kept = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: kept.append(figure))
    return kept


@pytest.mark.parametrize("ending", STARTS)
def test_the_ending_chooses_the_kind(tmp_path, ending):
    path = tmp_path / f"plot{ending}"
    plots.plot_benchmark(path, NYU, [method("A", 5, 14)])
    assert path.read_bytes().startswith(STARTS[ending])


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    one = method("A", 5, 14)
    for name in ("a.svg", "b.svg"):
        plots.plot_benchmark(tmp_path / name, NYU, [one])
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_figure_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match=r"\.png, \.svg"), open_figure(tmp_path / "a.jpg", (1, 1)):
        pass
    with pytest.raises(OutputError, match="cannot write"):
        plots.plot_benchmark(tmp_path / "none" / "a.png", NYU, [method("A", 5, 14)])


def test_curves_rise_to_the_share_they_stand_for(tmp_path, figures):
    errors = np.full((10, 14), 5.0)
    errors[:3, 2] = 33.0
    plots.plot_benchmark(tmp_path / "a.png", NYU, [Method("A", errors)])
    heights = figures[0].axes[0].lines[0].get_ydata()
    assert (heights[4], heights[5], heights[32], heights[33]) == (0, 70, 70, 100)


def test_the_legend_has_the_mean_and_the_best_comes_last(tmp_path, figures):
    methods = [method(f"M{i}", 3 + i, 14) for i in range(3)]
    plots.plot_benchmark(tmp_path / "a.png", NYU, methods)
    labels = drawn(figures[0].axes[0])
    assert labels == [m.label for m in reversed(methods)]
    assert labels[-1] == f"M0: {methods[0].errors_mm.mean():.2f} mm"


def test_no_two_methods_look_alike_and_ours_stands_out(tmp_path, figures):
    methods = [method(f"M{i}", 3 + i, 14) for i in range(23)] + [method("Ours", 8.2, 14, ours=True)]
    plots.plot_benchmark(tmp_path / "a.png", BENCHMARKS["nyu"], methods)
    styles = [plots.line_style(methods, k) for k in range(24)]
    assert len({(style["color"], style.get("ls")) for style in styles}) == 24
    lines = figures[0].axes[0].lines
    widths = {line.get_label().split(":")[0]: line.get_linewidth() for line in lines}
    assert widths.pop("Ours") > max(widths.values())
    assert len(widths) == len(figures[0].legends[0].get_texts()) - 1 == 23


def test_a_benchmark_has_curves_bars_and_published_figures(tmp_path, figures):
    nyu = BENCHMARKS["nyu"]
    ours = method("Ours", 6, 14, ours=True)
    plots.plot_benchmark(tmp_path / "a.png", nyu, [ours], published("nyu"))
    curves, bars = figures[0].axes
    assert [tick.get_text() for tick in bars.get_xticklabels()][-2:] == ["palm", "mean"]
    heights = [patch.get_height() for patch in bars.patches]
    assert np.allclose(heights, [*ours.errors_mm.mean(0), ours.errors_mm.mean()])
    assert any("V2V-PoseNet 2018: 8.42 mm (published)" in label for label in drawn(curves))
    told = [text.get_text() for text in bars.texts]
    assert told[-1] == "published"
    assert "Crossing Nets 15.5" in told
    assert len(told) == 1 + len(published("nyu"))
    plots.plot_benchmark(
        tmp_path / "b.png", nyu, [ours, method("V2V PoseNet", 4, 14)], published("nyu")
    )
    assert len([label for label in drawn(figures[1].axes[0]) if "V2V" in label]) == 1


def test_viewpoints_are_drawn_where_they_are_known(tmp_path, figures):
    msra = BENCHMARKS["msra"]
    methods = [method("A", 5, 21, seen=True), method("B", 6, 21)]
    plots.plot_benchmark(tmp_path / "a.png", msra, methods)
    _, bars, yaw, pitch = figures[0].axes
    assert len(drawn(yaw)) == len(drawn(pitch)) == 1
    assert "yaw" in yaw.get_xlabel()
    assert "thumb CMC" in [tick.get_text() for tick in bars.get_xticklabels()]


def test_names_in_the_public_collection():
    names = {
        "CVPR18_NYU_V2V_PoseNet": "V2V PoseNet",
        "CVPR14_LRF_Results": "LRF",
        "ICCVW17_NYU_DeepPrior++": "DeepPrior++",
        "ArXiv_ICVL_TriHorn_Net": "TriHorn Net",
        "ours": "ours",
        "nyu_ren_9x6x6": "ren 9x6x6",
    }
    assert {stem: short_name(stem) for stem in names} == names


def test_the_page_has_the_published_table():
    page = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    assert markdown_table() in page
    for anchor in (a for a in ANCHORS if a.within):
        cells = [" / ".join(map(str, anchor.within.get(d, ()))) for d in ("nyu", "icvl")]
        assert (
            f"| {anchor.name} {anchor.year} | {' | '.join(cells)} |".replace("|  |", "| |") in page
        )
    for dataset in DATASETS:
        means = [anchor.mean_mm[dataset] for anchor in published(dataset)]
        assert means == sorted(means, reverse=True)
    assert all(set(a.recalled) <= set(a.mean_mm) for a in ANCHORS)
