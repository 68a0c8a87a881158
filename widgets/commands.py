"""What each entry of the menus does to the main window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from widgets import file_dialogs
from widgets.transport import JUMP

if TYPE_CHECKING:
    from widgets.main_window import MainWindow


def window_commands(window: MainWindow) -> dict[str, Callable[[], object]]:
    """Name of a `menus.Entry` -> what to do."""
    transport, latents = window.transport, window.latents
    return {
        "open_file": lambda: window.open_if(file_dialogs.ask_recording(window)),
        "open_folder": lambda: window.open_if(file_dialogs.ask_folder(window)),
        "open_demo": lambda: window.open("demo"),
        "open_camera": lambda: window.open("realsense"),
        "open_weights": lambda: window.load_weights(file_dialogs.ask_weights(window)),
        "quit": window.close,
        "toggle": transport.toggle,
        "back": lambda: transport.step(-1),
        "forward": lambda: transport.step(1),
        "back_10": lambda: transport.step(-JUMP),
        "forward_10": lambda: transport.step(JUMP),
        "home": lambda: transport.jump(to_end=False),
        "end": lambda: transport.jump(to_end=True),
        "loop": transport.loop.click,
        "slower": lambda: transport.change_speed(-1),
        "faster": lambda: transport.change_speed(1),
        "hand_auto": lambda: window.session.estimator.set_hand("auto"),
        "hand_right": lambda: window.session.estimator.set_hand("right"),
        "hand_left": lambda: window.session.estimator.set_hand("left"),
        "find_again": lambda: window.session.estimator.reset(),
        "explore": lambda: latents.explore(not latents.exploring),
        "freeze": latents.freeze,
        "draw": latents.draw,
        "walk": latents.walk_button.click,
        "reset_latent": latents.reset_all,
        "skeleton": window.depth_bar.skeleton_button.click,
        "cube": window.depth_bar.cube_button.click,
        "full_screen": window.toggle_full_screen,
        "reset_layout": window.reset_layout,
        "shortcuts": window.toggle_sheet,
        "about": lambda: file_dialogs.show_about(window),
    }
