"""A project whose registry is on a web server."""

from __future__ import annotations

from origins import World

NEEDS = '  own: "*"\n  deep: ^1.0\n'
PROBE_C = """\
static int probe_begin(void)
{
	return own_value() + deep_value() > 1000 ? -EINVAL : 0;
}

static void probe_end(void)
{
}
"""


def use(world: World, url: str) -> None:
    """Name a server as the project's registry, and need nothing from elsewhere."""
    world.need(NEEDS)
    (world.probe / "mine.c").write_text(PROBE_C, encoding="utf-8")
    (world.app / "tapsmith.yaml").write_text(f"registries:\n  main: {{url: '{url}'}}\n", encoding="utf-8")
