"""A VTK scene in an ordinary widget: VTK renders off screen, Qt paints the pixels.

The one way that works on X11, Wayland and no display at all, that `grab()` sees, and that survives
close.
"""

from __future__ import annotations

import math
import time

import numpy as np
import vtkmodules.vtkInteractionStyle
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - it makes the others draw
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkLogger, vtkUnsignedCharArray
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer, vtkRenderWindow
from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor

vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)  # that it found no X server is no news

_BUTTONS = {
    Qt.MouseButton.LeftButton: "LeftButton",
    Qt.MouseButton.MiddleButton: "MiddleButton",
    Qt.MouseButton.RightButton: "RightButton",
}
REST = 5.0  # times what a rendering took, until the next one that nobody asked for by hand
LONGEST_REST_S = 0.033
_SOFTWARE_GL = ("llvmpipe", "softpipe", "swrast")


class VtkView(QWidget):
    """Left button orbits; middle button or Shift pans; wheel or right button zooms."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.renderer = vtkRenderer()
        self.window_3d = vtkRenderWindow()
        self.window_3d.SetOffScreenRendering(1)
        self.window_3d.SetMultiSamples(0)
        self.window_3d.AddRenderer(self.renderer)
        self._interactor = vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self.window_3d)
        self._interactor.EnableRenderOff()
        self._interactor.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
        self._interactor.Initialize()
        self._buffer = vtkUnsignedCharArray()
        self._pixels = np.zeros(4, np.uint8)
        self._image: QImage | None = None
        self._strokes: dict[vtkActor, tuple[float, float]] = {}  # line width, point size
        self._stale, self._closed = True, False
        self.renders = 0
        self._rendered_s, self._took_s = 0.0, 0.0  # when the last one ended, how long it took
        self._rest = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._rest.timeout.connect(self.update)
        self.setMinimumSize(160, 120)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def invalidate(self) -> None:
        """Render again at the next paint; many calls between two paints cost one rendering."""
        self._stale = True
        self.update()

    def refresh(self) -> None:
        """The same for what moves by itself, but rendering takes no more than a part of the time.

        While VTK renders, no other thread runs Python.
        """
        self._stale = True
        since_s = time.perf_counter() - self._rendered_s
        wait_s = min(REST * self._took_s, LONGEST_REST_S) - since_s
        if wait_s <= 0:
            self.update()
        elif not self._rest.isActive():
            self._rest.start(math.ceil(wait_s * 1e3))

    def shutdown(self) -> None:
        """Free the GL context; painting afterwards shows the last picture."""
        if not self._closed:
            self._closed = True
            self.window_3d.Finalize()

    def picture(self, longest: int = 0) -> QImage:
        """A copy of the scene, upright.

        longest: its longer side in pixels; 0: as it was last rendered on the screen.
        """
        if longest and not self._closed:
            scale = longest / max(self.width(), self.height(), 1)
            self._render((round(self.width() * scale), round(self.height() * scale)))
            self._stale = True  # the screen wants its own size again
        return QImage() if self._image is None else self._image.flipped(Qt.Orientation.Vertical)

    def paint_over(self, painter: QPainter) -> None:
        """For subclasses: labels over the scene."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.invalidate()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._stale and not self._closed:
            self._render()
        painter = QPainter(self)
        if self._image is not None:
            painter.save()
            painter.translate(0, self.height())
            painter.scale(1, -1)  # rows of GL run upwards
            painter.drawImage(self.rect(), self._image)
            painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_over(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._send(event, _BUTTONS.get(event.button(), "LeftButton") + "PressEvent")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._send(event, _BUTTONS.get(event.button(), "LeftButton") + "ReleaseEvent")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._send(event, "MouseMoveEvent")

    def wheelEvent(self, event: QWheelEvent) -> None:
        up = event.angleDelta().y() > 0
        self._send(event, "MouseWheelForwardEvent" if up else "MouseWheelBackwardEvent")
        event.accept()

    def _send(self, event: QMouseEvent | QWheelEvent, name: str) -> None:
        if self._closed:
            return
        ratio, where, keys = self.devicePixelRatioF(), event.position(), event.modifiers()
        self._interactor.SetEventInformationFlipY(
            int(where.x() * ratio),
            int(where.y() * ratio),
            int(bool(keys & Qt.KeyboardModifier.ControlModifier)),
            int(bool(keys & Qt.KeyboardModifier.ShiftModifier)),
            "\0",
            0,
            "",
        )
        self._interactor.InvokeEvent(name)
        self.invalidate()

    def _render(self, wanted: tuple[int, int] | None = None) -> None:
        """wanted: width and height in pixels; None: those of the widget on its screen."""
        began_s = time.perf_counter()
        ratio = self.devicePixelRatioF()
        width, height = wanted or (int(self.width() * ratio), int(self.height() * ratio))
        size = (max(2, width), max(2, height))
        self._scale_strokes(width / max(self.width(), 1))
        if tuple(self.window_3d.GetSize()) != size:
            self.window_3d.SetSize(*size)
            self._interactor.SetSize(*size)
        self.renderer.ResetCameraClippingRange()
        self.window_3d.Render()
        if self.renders == 0 and not self._software():
            self.window_3d.SetMultiSamples(4)
            self.window_3d.Render()
        self.renders += 1
        self._stale = False
        width, height = self.window_3d.GetSize()
        self.window_3d.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._buffer, 0)
        self._pixels = vtk_to_numpy(self._buffer)  # keeps the memory behind the image alive
        self._pixels.reshape(-1, 4)[:, 3] = 255  # VTK leaves 0; Qt copies it, and Wayland blends
        rgbx = QImage.Format.Format_RGBX8888
        self._image = QImage(self._pixels.data, width, height, 4 * width, rgbx)
        self._rendered_s = time.perf_counter()
        self._took_s = self._rendered_s - began_s

    def _scale_strokes(self, fineness: float) -> None:
        """Sizes of lines and points, which VTK counts in its own pixels.

        fineness: so many of them make one of the widget's.
        """
        actors = self.renderer.GetActors()
        actors.InitTraversal()
        while (actor := actors.GetNextActor()) is not None:
            stroke = actor.GetProperty()
            plain = self._strokes.setdefault(actor, (stroke.GetLineWidth(), stroke.GetPointSize()))
            stroke.SetLineWidth(plain[0] * fineness)
            stroke.SetPointSize(plain[1] * fineness)

    def _software(self) -> bool:
        report = self.window_3d.ReportCapabilities() or ""
        return any(name in report.lower() for name in _SOFTWARE_GL)
