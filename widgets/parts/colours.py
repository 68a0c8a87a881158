"""Depth to colour: perceptually ordered maps, and one lookup from raw sensor steps to pixels."""

from __future__ import annotations

import numpy as np

# Control points from far to near, 0xRRGGBB;
# all but turbo are readable with the common colour deficiencies.
MAPS: dict[str, tuple[int, ...]] = {
    "Mako": (0x29233F, 0x3B3A6E, 0x395D9C, 0x3580A4, 0x38A6AA, 0x60CEAC, 0xA8E1BC, 0xDEF5E5),
    "Viridis": (
        0x440154,
        0x472D7B,
        0x3B528B,
        0x2C728E,
        0x21918C,
        0x28AE80,
        0x5EC962,
        0xADDC30,
        0xFDE725,
    ),
    "Cividis": (
        0x00224E,
        0x123570,
        0x3B496C,
        0x575D6D,
        0x707173,
        0x8A8678,
        0xA59C74,
        0xC3B369,
        0xE1CC55,
        0xFEE838,
    ),
    "Turbo": (
        0x455BCD,
        0x3E9BFE,
        0x18D7CB,
        0x48F882,
        0xA4FC3C,
        0xE2DC38,
        0xFEA331,
        0xEF5911,
        0xC22403,
    ),
    "Grey": (0x30343A, 0xF2F4F7),
}
BACKGROUND_FROM = 0.97  # a crop's values from here on are background (+1) or its soft edge
# Synthesised nearer .. farther.
DIFFERENCE = (0x4F8FE6, 0x3C68A3, 0x1F2733, 0x191C21, 0x33261F, 0xA8643A, 0xF09A55)


def interpolate(points: tuple[int, ...], n: int = 256) -> np.ndarray:
    """uint8 [n, 3] RGB along the control points."""
    rgb = np.array([[p >> 16, p >> 8 & 255, p & 255] for p in points], np.float64)
    at = np.linspace(0, len(points) - 1, n)
    return (
        np.stack([np.interp(at, np.arange(len(points)), rgb[:, c]) for c in range(3)], -1)
        .round()
        .astype(np.uint8)
    )


def pack(rgb: np.ndarray) -> np.ndarray:
    """uint8 [..., 3] -> uint32 [...] 0xffRRGGBB, the pixel of QImage.Format_RGB32."""
    wide = rgb.astype(np.uint32)
    return np.uint32(0xFF000000) | wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]


def hex_pixel(colour: str) -> np.uint32:
    """'#rrggbb' -> 0xffrrggbb."""
    return np.uint32(0xFF000000 | int(colour.lstrip("#"), 16))


def unit_rgb(colour: str) -> tuple[float, float, float]:
    """'#rrggbb' -> each in 0..1."""
    pixel = int(hex_pixel(colour))
    return (pixel >> 16 & 255) / 255, (pixel >> 8 & 255) / 255, (pixel & 255) / 255


class DepthColours:
    """Colours a raw depth image by one gather through a table of all 65,536 sensor steps.

    Nearer than `near_mm` takes the nearest colour; no reading (0) and everything beyond `far_mm`
    take `background`.
    """

    def __init__(self, background: str, name: str = "Mako"):
        self.set_background(background)
        self._key: tuple[object, ...] = ()
        self._table = np.zeros(1, np.uint32)
        self.name = name

    def set_background(self, colour: str) -> None:
        """'#rrggbb' of what is not to be seen."""
        self._background, self._key = hex_pixel(colour), ()

    def table(self, near_mm: float, far_mm: float, unit_mm: float) -> np.ndarray:
        """uint32 [65536]; rebuilt only when the range, the unit or the map changes."""
        key = (self.name, near_mm, far_mm, unit_mm)
        if key != self._key:
            depth = np.arange(65536, dtype=np.float32) * np.float32(unit_mm)
            share = np.clip((far_mm - depth) * (255.0 / max(far_mm - near_mm, 1e-3)), 0, 255)
            table = pack(interpolate(MAPS[self.name]))[share.astype(np.uint8)]
            table[(depth <= 0) | (depth > far_mm)] = self._background
            self._key, self._table = key, table
        return self._table

    def paint(
        self, raw: np.ndarray, near_mm: float, far_mm: float, unit_mm: float, out: np.ndarray
    ) -> np.ndarray:
        """From raw uint16 [H, W] to out uint32 [H, W], filled in place and returned."""
        return np.take(self.table(near_mm, far_mm, unit_mm), raw, out=out, mode="clip")

    def paint_equalised(self, raw: np.ndarray, out: np.ndarray) -> np.ndarray:
        """As `paint`, every colour over as many pixels: detail at all distances at once.

        Returns float [5], raw steps at the farthest, the three quarters between, and the nearest.
        """
        counts = np.bincount(raw[::2, ::2].ravel(), minlength=65536)
        counts[0] = 0
        share = np.cumsum(counts) / max(int(counts.sum()), 1)
        table = pack(interpolate(MAPS[self.name]))[(255 * (1 - share)).astype(np.uint8)]
        table[0] = self._background
        np.take(table, raw, out=out, mode="clip")
        return np.searchsorted(share, (0.999, 0.75, 0.5, 0.25, 0.001)).astype(float)


def tint(pixels: np.ndarray, mask: np.ndarray, colour: str) -> None:
    """Mixes the colour half and half into the masked pixels, uint32 [H, W] 0xffRRGGBB, in place."""
    half = np.uint32(0x7F7F7F)
    mixed = ((pixels[mask] >> 1) & half) + ((hex_pixel(colour) >> 1) & half)
    pixels[mask] = np.uint32(0xFF000000) | mixed
