"""Identity providers and identity pools in the shapes of AWS's responses.

Source: botocore's IAM model, GetOpenIDConnectProvider and GetSAMLProvider; botocore's Cognito
Identity model, DescribeIdentityPool and GetIdentityPoolRoles.
"""

from iamctl.domain.directory import Directory
from iamctl.domain.pools import DENY, IdentityPool, RoleMapping
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.ports.federation import Federation
from iamctl.services.awsshape import Shape, tags_shape


def provider_shape(directory: Directory, name: str, federation: Federation) -> Shape:
    """A provider as AWS answers it, which leaves out its name and its ARN; raises NotFound.

    `SigningKeys`, each with its RFC 7638 thumbprint, is of this file alone: AWS fetches keys when
    it needs them, and its ThumbprintList is of TLS certificates.
    """
    provider = directory.identity_provider(name)
    if provider.is_saml:
        shape: Shape = {"SAMLMetadataDocument": provider.saml_metadata}
    else:
        shape = {"Url": provider.host, "ClientIDList": list(provider.client_ids)}
    if provider.jwks:
        shape["SigningKeys"] = [
            {"KeyId": key_id, "Thumbprint": federation.thumbprint(key)}
            for key_id, key in provider.jwks.items()
        ]
    if provider.created is not None:
        shape["CreateDate"] = format_instant(provider.created)
    return shape | tags_shape(provider.tags)


def pool_shape(directory: Directory, name: str) -> Shape:
    """A pool as DescribeIdentityPool answers it; raises NotFound."""
    pool = directory.identity_pool(name)
    shape: Shape = {
        "IdentityPoolId": pool.id,
        "IdentityPoolName": name,
        "AllowUnauthenticatedIdentities": pool.guest_role is not None,
        "AllowClassicFlow": pool.classic_flow,
        "OpenIdConnectProviderARNs": [_provider_arn(directory, one) for one in pool.providers],
    }
    if pool.tags:
        shape["IdentityPoolTags"] = dict(pool.tags)
    return shape


def pool_roles_shape(directory: Directory, name: str) -> Shape:
    """The roles of a pool as GetIdentityPoolRoles answers them; raises NotFound."""
    pool = directory.identity_pool(name)
    return {
        "IdentityPoolId": pool.id,
        "Roles": _roles(directory, pool),
        "RoleMappings": {
            _provider_arn(directory, provider): _mapping(directory, mapping)
            for provider, mapping in pool.role_mappings.items()
        },
    }


def _roles(directory: Directory, pool: IdentityPool) -> Plain:
    roles = {"authenticated": pool.authenticated_role, "unauthenticated": pool.guest_role}
    return {use: _role_arn(directory, role) for use, role in roles.items() if role is not None}


def _mapping(directory: Directory, mapping: RoleMapping) -> Plain:
    shape: Shape = {
        "Type": mapping.type.capitalize(),
        "AmbiguousRoleResolution": "Deny" if mapping.ambiguous == DENY else "AuthenticatedRole",
    }
    if mapping.rules:
        rules: list[Plain] = [
            {
                "Claim": rule.claim,
                "MatchType": rule.match,
                "Value": rule.value,
                "RoleARN": _role_arn(directory, rule.role),
            }
            for rule in mapping.rules
        ]
        shape["RulesConfiguration"] = {"Rules": rules}
    return shape


def _role_arn(directory: Directory, role: str) -> str:
    return directory.arn(directory.role(role))


def _provider_arn(directory: Directory, provider: str) -> str:
    return directory.arn(directory.identity_provider(provider))
