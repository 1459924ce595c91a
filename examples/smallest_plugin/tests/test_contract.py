from a1sdk.testing import MotionSourceContract


class TestNod(MotionSourceContract):
    ref = "wave/nod"
