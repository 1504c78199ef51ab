"""A person's story as lines for a terminal."""

from __future__ import annotations

from crmbridge.core.explaining import instant
from crmbridge.reports.person_story import PersonStory


def story_as_text(story: PersonStory, *, most_events: int | None = None) -> str:
    """Reasons first, then the score's parts, then the timeline, oldest first; with
    ``most_events`` only the latest so many."""
    summary = story.summary
    grade = f", score {summary.score} ({summary.grade})" if summary.score is not None else ""
    lines = [f"{summary.uid}: {summary.stage}{grade}"]
    lines += [f"  {reason}" for reason in summary.reasons]
    if summary.contributions:
        lines.append("Score:")
        ordered = sorted(summary.contributions, key=lambda item: -abs(item[2]))
        lines += [f"  {points:+6.1f}  {part}: {label}" for part, label, points in ordered]
    lines += [f"To look at: {why}" for why in story.reviews]
    lines.append("Records: " + ", ".join(str(ref) for ref in story.records))
    events = story.timeline[-most_events:] if most_events else story.timeline
    lines.append("Timeline:")
    if len(events) < len(story.timeline):
        lines.append(f"  ... {len(story.timeline) - len(events)} earlier")
    width = max((len(event.source) for event in events), default=0)
    lines += [f"  {instant(e.at)}  {e.source:<{width}}  {e.text}" for e in events]
    if summary.next_review_at is not None:
        lines.append(f"Next look without news: {instant(summary.next_review_at)}")
    return "\n".join(lines)
