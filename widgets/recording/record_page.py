"""The page of recording in the preferences: where recordings go, and what goes with them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from widgets.parts import file_dialogs
from widgets.parts.buttons import PushButton

ABOUT = (
    "Recordings are .bag files, exact to the pixel, that the RealSense Viewer plays too. If the "
    "program is killed, python main.py --repair FILE recovers all but the last second."
)


class RecordPage(QWidget):
    """Read it when a recording begins: it has no signals."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.folder = QLineEdit(str(usual_folder()))
        self.folder.setAccessibleName("Recordings folder")
        self.choose = PushButton("Choose…", tip="Choose the recordings folder")
        self.choose.clicked.connect(self._choose)
        self.joints = QCheckBox("Write the joints beside it, to .joints.csv")
        self.joints.setChecked(True)
        about = QLabel(ABOUT)
        about.setWordWrap(True)
        about.setProperty("role", "muted")
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        form = QFormLayout(self)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow(about)
        form.addRow("Folder", row)
        form.addRow("Joints", self.joints)

    def chosen_folder(self) -> Path:
        """Where recordings go: what is not a whole path lies in the usual folder."""
        return usual_folder() / Path(self.folder.text().strip()).expanduser()

    def _choose(self) -> None:
        folder = file_dialogs.ask_record_folder(self, str(self.chosen_folder()))
        if folder:
            self.folder.setText(folder)


def usual_folder() -> Path:
    """The user's videos."""
    places = QStandardPaths.StandardLocation
    videos = QStandardPaths.writableLocation(places.MoviesLocation)
    return Path(videos) if videos else Path.home()
