"""A person's story as plain JSON data."""

from __future__ import annotations

from crmbridge.reports.person_story import PersonStory


def story_as_json(story: PersonStory) -> dict[str, object]:
    """Keys are stable; instants are ISO 8601 in UTC."""
    summary = story.summary
    return {
        "person": summary.uid,
        "stage": summary.stage.value,
        "score": summary.score,
        "grade": summary.grade,
        "reasons": list(summary.reasons),
        "contributions": [
            {"part": part, "what": label, "points": points}
            for part, label, points in summary.contributions
        ],
        "records": [str(ref) for ref in story.records],
        "reviews": list(story.reviews),
        "next_review_at": (summary.next_review_at.isoformat() if summary.next_review_at else None),
        "timeline": [
            {"at": event.at.isoformat(), "source": event.source, "text": event.text}
            for event in story.timeline
        ],
    }
