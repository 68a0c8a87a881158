"""What every panel is built from: buttons, sliders, theme, toasts, plots."""
