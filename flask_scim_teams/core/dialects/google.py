"""Google Workspace.

Sources: RiverGlide/scimitar#142 and snipe/snipe-it#12642, for what its auto-provisioning sends:
``"schemas": ["urn:scim:schemas:core:1.0", "urn:ietf:params:scim:schemas:core:2.0:User"]`` as
``application/json``. An unknown URN is passed over whoever sends it
(:mod:`flask_scim_teams.core.dialects.generic`); nothing else of it departs from the RFCs.
"""

from __future__ import annotations

from flask_scim_teams.core.dialects.profile import Provider

PROVIDER = Provider(key="google", title="Google Workspace")
