"""A made-up product, Tavrel, that keeps files alike on several devices: its words and its answers.

Nobody sells it. Its terms (tether, quay, driftlog ...) are its own, and what an answer says hangs
on what the customer told: the plan, the platform, the code. So there is something to learn.
"""

from __future__ import annotations

from dataclasses import dataclass

PRODUCT = "Tavrel"
THINGS = (PRODUCT, "the Tavrel app", "my Tavrel", "your app", "the desktop client")
MONTHS = ("January", "March", "April", "June", "August", "October")


@dataclass(frozen=True)
class Plan:
    """What a plan allows.

    Attributes:
        hours: until a person answers.
        minutes: that a lock lasts.
        days: until a hold on a payment lapses.
        guests: that may be asked to a quay.
        keeper: who may open the ledger.
    """

    hours: str
    minutes: str
    days: str
    guests: str
    keeper: str


@dataclass(frozen=True)
class Platform:
    """Where things stand on a platform.

    Attributes:
        menu: where the driftlog is.
        folder: what an update leaves behind.
        version: the oldest that works.
    """

    menu: str
    folder: str
    version: str


@dataclass(frozen=True)
class Intent:
    """What a question may be about.

    Attributes:
        weight: how often it is asked.
        questions: with {thing}.
        detail: what is told besides; may be empty.
        answer: with the fields of the plan, the platform and the code.
    """

    weight: float
    questions: tuple[str, ...]
    detail: str
    answer: str


PLANS = {
    "Solo": Plan("two days", "sixty minutes", "seven days", "one guest", "you alone"),
    "Crew": Plan("one day", "thirty minutes", "five days", "ten guests", "the skipper"),
    "Fleet": Plan("four hours", "ten minutes", "three days", "any number of guests", "the purser"),
}
PLATFORMS = {
    "Windows": Platform("Tray, Gear, Driftlog", "AppData, Tavrel, stowage", "4.2"),
    "macOS": Platform("Menu bar, Lens, Driftlog", "Library, Tavrel, stowage", "4.3"),
    "Linux": Platform("tavrel --driftlog", ".tavrel, stowage", "4.1"),
    "Android": Platform("Side menu, Driftlog", "Storage, Tavrel", "3.8"),
    "iPhone": Platform("Profile, Driftlog", "Files, Tavrel", "3.9"),
}
# code: what it means, and what to do
CODES = {
    "TV-11": ("the tether has lapsed", "Tie again"),
    "TV-23": ("the driftlog is full", "Trim the driftlog"),
    "TV-37": ("two devices wrote at once", "Keep the newer"),
    "TV-42": ("the quay is closed", "Open the quay"),
    "TV-58": ("the clock of the device is wrong", "Set by the beacon"),
    "TV-64": ("the slipkey was changed", "Read the slipkey again"),
}
INTENTS: dict[str, Intent] = {
    "password_forgotten": Intent(
        3.0,
        (
            "I forgot my password for {thing}.",
            "how do I reset the password of {thing}?",
            "{thing} does not accept my password any more",
            "cannot log in, the password is wrong",
        ),
        "",
        "Choose 'Lost slipkey' on the sign-in page. The slipkey that we send opens your account on "
        "{platform} for {minutes}.",
    ),
    "account_locked": Intent(
        1.5,
        (
            "my account is locked after too many tries",
            "{thing} says that my account was locked",
            "locked out of {thing}, cannot log in",
            "why was I locked out?",
        ),
        "",
        "On {plan} the lock opens by itself after {minutes}. Until then your tethers can be read "
        "and not written.",
    ),
    "invoice_copy": Intent(
        2.0,
        (
            "where can I find the invoice for last month?",
            "I need a copy of an invoice for {thing}.",
            "please send me the invoice again",
            "our bookkeeping lacks an invoice",
        ),
        "It is about {month}.",
        "Every invoice lies under Account, Ledger, {month}. On {plan}, {keeper} can open it.",
    ),
    "charged_twice": Intent(
        1.0,
        (
            "I was charged twice for {thing}",
            "there are two payments for one invoice",
            "you took the money two times",
            "double payment on my card this month",
        ),
        "It was in {month}.",
        "The second payment is a hold. On {plan} it lapses within {days}. If it is still in the "
        "ledger of {month} then, send us both dates.",
    ),
    "cancel_subscription": Intent(
        1.5,
        (
            "how do I cancel {thing}?",
            "I want to end my subscription.",
            "please cancel the renewal next month",
            "stop my subscription for {thing}",
        ),
        "It should end in {month}.",
        "Under Account, Moorings choose 'Cast off'. {plan} works until the end of {month}; your "
        "quays stay open for {days} after that.",
    ),
    "sync_fails": Intent(
        2.0,
        (
            "{thing} does not sync my files",
            "files are not the same on my two computers",
            "the sync stopped since the update",
            "sync error when I save in {thing}",
        ),
        "It shows {code}.",
        "{code} says that {cause}. On {platform} open {menu} and choose '{remedy}'.",
    ),
    "update_fails": Intent(
        1.0,
        (
            "the update of {thing} stops half way",
            "cannot install the new version",
            "update error since yesterday",
            "{thing} asks for an update again and again",
        ),
        "It shows {code}.",
        "On {platform} close Tavrel, remove {folder}, and start the update by hand. {code} comes "
        "up because {cause}; after the update choose '{remedy}'.",
    ),
    "share_folder": Intent(
        1.0,
        (
            "how can I share a folder with a colleague?",
            "my team cannot see the folder in {thing}",
            "give somebody else access to my files",
            "share files from {thing}",
        ),
        "The folder is called {folder_name}.",
        "Make {folder_name} a quay: open it on {platform}, choose Invite, and write the "
        "colleague's address. {plan} allows {guests} a quay.",
    ),
}
# what may be either of two; what it was about shows later, to a person
UNCLEAR: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("password_forgotten", "account_locked"),
        ("cannot log in to {thing}", "{thing} does not let me in any more"),
    ),
    **dict.fromkeys(
        ("invoice_copy", "charged_twice"),
        ("I have a question about an invoice", "please look at the invoice for this month"),
    ),
    **dict.fromkeys(
        ("sync_fails", "update_fails"),
        ("{thing} shows an error", "error in {thing} since yesterday"),
    ),
    **dict.fromkeys(
        ("cancel_subscription", "share_folder"),
        ("a colleague leaves, please change {thing}", "change my subscription for a colleague"),
    ),
}
NONE_OF_OURS = "other"
STRANGE: tuple[str, ...] = (
    "what is the weather like tomorrow?",
    "do you sell bicycles too?",
    "my printer makes a noise",
    "who won the match yesterday?",
    "I am looking for a job at your company",
)
NOT_OURS = "That is not about Tavrel. A colleague will read your message and come back to you."
# what a customer says who was not helped, and what is said then
AGAIN: tuple[tuple[str, str], ...] = (
    (
        "That did not help.",
        "Then please send us the driftlog from {menu}. On {plan} a person answers within {hours}.",
    ),
    (
        "There is no such entry.",
        "Then your Tavrel is older than {version}, which is the oldest for {platform}. Update it "
        "and look once more.",
    ),
    (
        "Can somebody do it for me?",
        "On {plan}, {keeper} can do it. Add our crew to the quay as a guest, and we do it within "
        "{hours}.",
    ),
)
