"""The menu bar, from one table of actions, which is also what the shortcut sheet shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget


@dataclass(frozen=True, slots=True)
class Entry:
    """One action. `name` is that of its command; text "-" is a separator."""

    menu: str
    name: str
    text: str
    key: str = ""
    checked: bool | None = None  # not None: a switch, and how it stands at first
    group: str = ""  # switches of one group exclude each other
    sub: str = ""  # the submenu it is in


TABLE = (
    Entry("&File", "open_file", "&Open recording…", "Ctrl+O"),
    Entry("&File", "open_folder", "Open &folder of PNG…", "Ctrl+Shift+O"),
    Entry("&File", "recent", "Open &recent"),
    Entry("&File", "", "-"),
    Entry("&File", "open_demo", "&Demo hand", "Ctrl+D"),
    Entry("&File", "open_camera", "Live &camera", "Ctrl+L"),
    Entry("&File", "camera_page", "Ca&mera settings"),
    Entry("&File", "open_sample", "&Sample recording"),
    Entry("&File", "", "-"),
    Entry("&File", "preferences", "&Preferences…", "Ctrl+,"),
    Entry("&File", "", "-"),
    Entry("&File", "quit", "&Quit", "Ctrl+Q"),
    Entry("&Playback", "toggle", "Play or pause", "Space"),
    Entry("&Playback", "back", "One frame back", "Left"),
    Entry("&Playback", "forward", "One frame forward", "Right"),
    Entry("&Playback", "back_10", "Ten frames back", "Ctrl+Left"),
    Entry("&Playback", "forward_10", "Ten frames forward", "Ctrl+Right"),
    Entry("&Playback", "home", "To the start", "Home"),
    Entry("&Playback", "end", "To the end", "End"),
    Entry("&Playback", "go_to", "Go to a frame or time", "G"),
    Entry("&Playback", "", "-"),
    Entry("&Playback", "range_in", "Start playing here", "I"),
    Entry("&Playback", "range_out", "Stop playing here", "O"),
    Entry("&Playback", "range_clear", "Play the whole recording", "X"),
    Entry("&Playback", "", "-"),
    Entry("&Playback", "loop", "Loop", "L"),
    Entry("&Playback", "slower", "Slower", "["),
    Entry("&Playback", "faster", "Faster", "]"),
    Entry("&Recording", "record", "&Record the source", "Ctrl+Shift+R", checked=False),
    Entry("&Recording", "", "-"),
    Entry("&Recording", "process", "&Process whole recording", "Ctrl+Return"),
    Entry("&Recording", "process_stop", "&Stop processing", "Ctrl+."),
    Entry("&Recording", "next_doubt", "&Next uncertain frame", "N"),
    Entry("&Recording", "last_doubt", "&Previous uncertain frame", "Shift+N"),
    Entry("&Recording", "", "-"),
    Entry("&Recording", "export_joints", "Export &joints…", "Ctrl+Shift+S"),
    Entry("&Recording", "export_video", "Export overlay &video…", "Ctrl+Shift+E"),
    Entry("&Recording", "", "-"),
    Entry("&Recording", "outlet", "S&tream joints (OSC, WebSocket)", "Ctrl+T", checked=False),
    Entry("&Hand", "hand_auto", "&Automatic", checked=True, group="hand"),
    Entry("&Hand", "hand_right", "&Right hand", checked=False, group="hand"),
    Entry("&Hand", "hand_left", "&Left hand", checked=False, group="hand"),
    Entry("&Hand", "", "-"),
    Entry("&Hand", "find_again", "&Find the hand again", "R"),
    Entry("&Hand", "point_at", "&Point at the hand", "H"),
    Entry("&Hand", "cube_larger", "Lar&ger crop cube", "+"),
    Entry("&Hand", "cube_smaller", "S&maller crop cube", "-"),
    Entry("&Hand", "", "-"),
    Entry("&Hand", "find_unit", "Find the depth &unit", "U"),
    Entry("&Latent", "undo", "&Undo", "Ctrl+Z"),
    Entry("&Latent", "redo", "&Redo", "Ctrl+Shift+Z"),
    Entry("&Latent", "", "-"),
    Entry("&Latent", "explore", "&Live or explore", "E"),
    Entry("&Latent", "freeze", "&Freeze the live hand", "F"),
    Entry("&Latent", "draw", "&Draw a hand", "D"),
    Entry("&Latent", "walk", "Random &walk", "W"),
    Entry("&Latent", "reset_latent", "Reset the &hand", "0"),
    Entry("&Latent", "", "-"),
    Entry("&Latent", "mark_a", "Set keyframe &A", "A"),
    Entry("&Latent", "mark_b", "Set keyframe &B", "B"),
    Entry("&Latent", "play_way", "&Play the path", "P"),
    Entry("&Latent", "", "-"),
    Entry("&Latent", "open_latents", "&Open latents or path…", "Ctrl+Shift+L"),
    Entry("&Latent", "save_latents", "&Save latents…", "Ctrl+S"),
    Entry("&Latent", "export_way", "E&xport path…", "Ctrl+E"),
    Entry("&Model", "open_weights", "Load &weights…", "Ctrl+W"),
    Entry("&Model", "preset_live", "Preset &live (shipped weights)", checked=True, group="preset"),
    Entry("&Model", "preset_paper", "Preset &paper (2017)", checked=False, group="preset"),
    Entry("&Model", "", "-"),
    Entry("&Model", "engine_onnx", "&ONNX Runtime", checked=True, group="engine", sub="&Engine"),
    Entry("&Model", "engine_torch", "&PyTorch", checked=False, group="engine", sub="&Engine"),
    Entry("&Model", "threads_1", "&1", checked=True, group="threads", sub="&Threads"),
    Entry("&Model", "threads_2", "&2", checked=False, group="threads", sub="&Threads"),
    Entry("&Model", "threads_4", "&4", checked=False, group="threads", sub="&Threads"),
    Entry("&Model", "threads_8", "&8", checked=False, group="threads", sub="&Threads"),
    Entry("&Model", "", "-"),
    Entry("&Model", "refine", "&Refinement", "Ctrl+R", checked=False),
    Entry("&Model", "smooth", "&Smooth the joints", "Ctrl+J", checked=True),
    Entry("&View", "skeleton", "&Skeleton over the depth image", "1", checked=True),
    Entry("&View", "cube", "Crop &cube", "2", checked=True),
    Entry("&View", "mask", "What the network sees, &tinted", "M", checked=False),
    Entry("&View", "colour", "C&olour picture", "C", checked=True),
    Entry("&View", "synthesis_large", "S&ynthesis in a large window", "Y"),
    Entry("&View", "save_depth_picture", "Save the depth &image…", "Ctrl+P"),
    Entry("&View", "", "-"),
    Entry("&View", "layer_bones", "&Skeleton", "3", checked=True, sub="&3-D view"),
    Entry("&View", "layer_cloud", "&Point cloud", "4", checked=False, sub="&3-D view"),
    Entry("&View", "layer_skin", "S&urface of the hand", "5", checked=False, sub="&3-D view"),
    Entry(
        "&View", "layer_trails", "&Trails of the fingertips", "6", checked=False, sub="&3-D view"
    ),
    Entry("&View", "layer_floor", "&Floor and axes", "7", checked=True, sub="&3-D view"),
    Entry("&View", "look_front", "From the &front", "Ctrl+1", sub="&3-D view"),
    Entry("&View", "look_side", "From the s&ide", "Ctrl+2", sub="&3-D view"),
    Entry("&View", "look_top", "From the t&op", "Ctrl+3", sub="&3-D view"),
    Entry("&View", "look_sensor", "From the s&ensor", "Ctrl+4", sub="&3-D view"),
    Entry("&View", "look_reset", "&Reset the view", "Ctrl+5", sub="&3-D view"),
    Entry("&View", "save_3d_picture", "Save the 3-&D view…", "Ctrl+Shift+P", sub="&3-D view"),
    Entry("&View", "", "-"),
    Entry("&View", "docks", ""),
    Entry("&View", "", "-"),
    Entry("&View", "full_screen", "&Full screen", "F11"),
    Entry("&View", "reset_layout", "&Reset layout", "Ctrl+0"),
    Entry("&View", "theme_system", "&System theme", checked=False, group="theme", sub="&Theme"),
    Entry("&View", "theme_dark", "&Dark", checked=True, group="theme", sub="&Theme"),
    Entry("&View", "theme_light", "&Light", checked=False, group="theme", sub="&Theme"),
    Entry("H&elp", "guide", "&Guide", "Ctrl+F1"),
    Entry("H&elp", "shortcuts", "&Keyboard shortcuts", "F1"),
    Entry("H&elp", "tour", "&Tour of the window"),
    Entry("H&elp", "hint", "&What to do next"),
    Entry("H&elp", "reports", "&Crash reports…"),
    Entry("H&elp", "about", "&About"),
)
SUBMENUS = ("recent",)  # filled by whoever owns them
DOCKS = "docks"  # where the docks' own switches are

Actions = dict[str, QAction]  # by the name of their `Entry`


def make_actions(parent: QWidget) -> Actions:
    """The actions of `TABLE`, not in a menu yet and connected with nothing."""
    actions: Actions = {}
    groups: dict[str, QActionGroup] = {}
    for entry in TABLE:
        if entry.name in ("", DOCKS):
            continue
        action = actions[entry.name] = QAction(entry.text, parent)
        if entry.key:
            action.setShortcut(QKeySequence(entry.key))
        if entry.checked is not None:
            action.setCheckable(True)
            action.setChecked(entry.checked)
        if entry.group:
            if entry.group not in groups:
                groups[entry.group] = QActionGroup(parent)
            groups[entry.group].addAction(action)
        if entry.name in SUBMENUS:
            action.setMenu(QMenu(parent))
    return actions


def menu_of(action: QAction) -> QMenu:
    """The menu that opens from an action of `SUBMENUS`."""
    menu = action.menu()
    assert isinstance(menu, QMenu)
    return menu


def connect_commands(actions: Actions, commands: Mapping[str, Callable[[], object]]) -> None:
    """Have each action call its command; KeyError for one that `TABLE` does not have."""
    for name, run in commands.items():
        actions[name].triggered.connect(lambda _=False, run=run: run())


def fill_menu_bar(window: QMainWindow, actions: Actions, switches: Sequence[QAction]) -> None:
    """Put the actions where `TABLE` says; switches: the docks' own show / hide actions."""
    menus: dict[tuple[str, str], QMenu] = {}  # by title and title of the submenu
    for entry in TABLE:
        if (entry.menu, "") not in menus:
            menus[entry.menu, ""] = window.menuBar().addMenu(entry.menu)
        if (entry.menu, entry.sub) not in menus:
            menus[entry.menu, entry.sub] = menus[entry.menu, ""].addMenu(entry.sub)
        menu = menus[entry.menu, entry.sub]
        if entry.text == "-":
            menu.addSeparator()
        elif entry.name == DOCKS:
            menu.addActions(switches)
        else:
            menu.addAction(actions[entry.name])
