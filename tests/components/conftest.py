"""The beginning of plugins made up for the tests."""

SOURCE = """
    from a1sdk import plugin as a1

    class Still(a1.MotionSource):
        def probe(self):
            return a1.StreamInfo(24, 0)
        def stream(self, ctx):
            return iter(())

    def spec(name, **more):
        return a1.MotionSourceSpec(name=name, summary="Stands still.", factory=Still, **more)
"""
