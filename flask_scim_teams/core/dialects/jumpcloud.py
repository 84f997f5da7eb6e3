"""JumpCloud.

Sources: JumpCloud's support pages on custom SCIM; the tests that ssoready/ssoready wrote from its
traffic. Members that go are listed in a value, as Entra lists them
(:func:`~flask_scim_teams.core.dialects.entra.named_in_value`); nothing else of it departs from the
RFCs.
"""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import Provider

PROVIDER = Provider(key="jumpcloud", title="JumpCloud")
