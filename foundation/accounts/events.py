"""What can happen to staff, teams and keys. Sign-ins belong to the trail alone, not to a timeline."""

from django.utils.translation import gettext_lazy as _

from foundation.audit.events import Family, define

STAFF_CREATED = define("staff.created", _("{actor} added the member of staff as {role}"))
STAFF_DEACTIVATED = define("staff.deactivated", _("{actor} ended the access"), texts={"reason"})
STAFF_REACTIVATED = define("staff.reactivated", _("{actor} gave the access back"))
STAFF_ROLE_CHANGED = define("staff.role_changed", _("{actor} changed the role from {old} to {new}"))
STAFF_NAMED = define("staff.named_for_staff_subject", _("{actor} changed who sees cases about staff: {named}"))
STAFF_SKILLS_CHANGED = define("staff.skills_changed", _("{actor} changed which cases she is given"))
STAFF_SIGNED_OUT = define("staff.sessions_ended", _("{actor} ended every session"))
PREFERENCES_CHANGED = define("staff.preferences_changed", _("{actor} changed preferences"), on_timeline=False)

TEAM_CREATED = define("team.created", _("{actor} made the team {slug}"))
TEAM_EDITED = define("team.edited", _("{actor} changed the team: {fields}"))
KEY_CREATED = define("api_key.created", _("{actor} made the key {prefix}"))
KEY_REVOKED = define("api_key.revoked", _("{actor} revoked the key {prefix}"))

SIGNED_IN = define(
    "sign_in.succeeded", _("{actor} signed in"), family=Family.ACCESS, texts={"address"}, on_timeline=False
)
SIGNED_OUT = define("sign_in.ended", _("{actor} signed out"), family=Family.ACCESS, on_timeline=False)
SIGN_IN_FAILED = define(
    "sign_in.failed", _("A sign-in failed: {step}"), family=Family.ACCESS, texts={"address"}, on_timeline=False
)
STEPPED_UP = define("sign_in.stepped_up", _("{actor} proved again who she is"), family=Family.ACCESS, on_timeline=False)
CREDENTIALS_CHANGED = define(
    "sign_in.credentials_changed",
    _("{actor} changed how she signs in: {what}"),
    family=Family.ACCESS,
    on_timeline=False,
)
ACCESS_DENIED = define("access.denied", _("{actor} was refused {endpoint}"), family=Family.ACCESS, on_timeline=False)
