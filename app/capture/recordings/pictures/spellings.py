"""The names that people give to the numbers of a camera, without case and signs."""

from __future__ import annotations

MATRICES: tuple[str, ...] = (
    "k",
    "cameramatrix",
    "intrinsicmatrix",
    "intrinsic",
    "intrinsics",
    "camk",
    "cameraintrinsics",
)
MATRICES += ("depthk", "depthintrinsics", "depthcameramatrix", "kdepth", "projectionmatrix")
NUMBERS = {
    "fx": ("fx", "flx", "focalx", "focallengthx"),
    "fy": ("fy", "fly", "focaly", "focallengthy"),
    "cx": ("cx", "ppx", "u0", "principalx", "principalpointx"),
    "cy": ("cy", "ppy", "v0", "principaly", "principalpointy"),
    "both": ("f", "focal", "focallength", "focalpx"),
    "width": ("width", "w", "imagewidth", "imgwidth", "depthwidth"),
    "height": ("height", "h", "imageheight", "imgheight", "depthheight"),
    "fps": ("fps", "framerate"),
}
LENSES = ("distortion", "coeffs", "distcoeffs", "distortioncoefficients", "d", "dist")
SIZES = ("resolution", "imagesize", "size")
TIMES = ("ts", "timestamps", "times")
UNITS: tuple[str, ...] = (
    "depthscale",
    "depthfactor",
    "depthmapfactor",
    "pngdepthscale",
    "depthunits",
    "depthunit",
)
UNITS += ("depthunitm", "depthunitmm", "scale", "depthscalemm")
NESTED = ("depth", "depthcamera", "camera", "depthintrinsics", "intrinsics", "parameters")
PASSED: tuple[str, ...] = (
    "model",
    "distortionmodel",
    "name",
    "serial",
    "serialnumber",
    "device",
    "frameid",
    "header",
)
PASSED += ("cameraname", "r", "p", "rectificationmatrix", "binningx", "binningy", "roi", "comment")
PASSED += (
    "imagetopic",
    "date",
    "camera",
    "sensor",
    "id",
    "extrinsics",
    "color",
    "colour",
    "rgb",
    "version",
)
REALSENSE_MODELS = {1: "modified brown conrady", 2: "inverse brown conrady", 4: "brown conrady"}


def plain(name: object) -> str:
    """A key without what spellings differ in: Depth_Scale -> depthscale."""
    return "".join(c for c in str(name).lower() if c.isalnum())
