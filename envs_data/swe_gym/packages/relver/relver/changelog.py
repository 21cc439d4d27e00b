"""What changed, by version."""

from relver.bump import next_for
from relver.version import Version

HEADINGS = {"breaking": "Breaking", "feature": "Added", "fix": "Fixed"}


class Changelog:
    """Entries since the last release, and the releases before."""

    def __init__(self, version="0.0.0"):
        self.version = Version.parse(version)
        self.pending = []
        self.releases = []

    def note(self, kind, text):
        """Write down a change; the same one twice counts once."""
        if kind not in HEADINGS:
            raise ValueError(f"unknown kind {kind!r}")
        entry = (kind, text.strip().rstrip("."))
        if entry not in self.pending:
            self.pending.append(entry)

    def release(self):
        """Close the pending entries under the next version."""
        if not self.pending:
            raise ValueError("nothing to release")
        self.version = next_for(self.version, [kind for kind, _ in self.pending])
        self.releases.insert(0, (self.version, self.pending))
        self.pending = []
        return str(self.version)

    def since(self, text):
        """Entries of all releases after a version, newest first."""
        start = Version.parse(text)
        return [entry for version, entries in self.releases if version > start for entry in entries]

    def render(self):
        """The whole as text, newest release first."""
        lines = []
        for version, entries in self.releases:
            lines.append(f"## {version}")
            for kind, heading in HEADINGS.items():
                texts = [text for other, text in entries if other == kind]
                if texts:
                    lines.append(f"{heading}:")
                    lines.extend(f"- {text}." for text in texts)
        return "\n".join(lines)
