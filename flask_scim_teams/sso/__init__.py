"""Sign-in with OpenID Connect that brings groups (extra ``sso``)."""

from flask_scim_teams.services.linking import Link as Link
from flask_scim_teams.sso.blueprint import sso_blueprint as sso_blueprint
from flask_scim_teams.sso.identity import Identity as Identity
from flask_scim_teams.sso.presets import auth0 as auth0
from flask_scim_teams.sso.presets import entra as entra
from flask_scim_teams.sso.presets import google as google
from flask_scim_teams.sso.presets import keycloak as keycloak
from flask_scim_teams.sso.presets import oidc as oidc
from flask_scim_teams.sso.presets import okta as okta
from flask_scim_teams.sso.presets import onelogin as onelogin
from flask_scim_teams.sso.provider import Provider as Provider
from flask_scim_teams.sso.provider import RosterLimits as RosterLimits
from flask_scim_teams.sso.refusals import SignInRefused as SignInRefused
