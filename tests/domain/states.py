"""States of a directory, drawn at random, and what they mean."""

from hypothesis import strategies as st


def meaning(directory):
    """A directory's value without what says nothing, spelled another way than the code does."""
    found = {}
    for section, entities in directory.items():
        if section == "resources":
            found |= {(section, name): document(plain) for name, plain in entities.items()}
        elif section == "account":
            found[section] = entities
        elif entities is not None:
            found |= {(section, name): fields(plain) for name, plain in entities.items()}
    return found


def fields(entity):
    found = {}
    for field, value in entity.items():
        if value in ([], {}):
            continue
        if field == "document":
            found[field] = document(value)
        elif field == "inline":
            found[field] = {name: document(inner) for name, inner in value.items()}
        elif isinstance(value, list):
            found[field] = sorted((member(item) for item in value), key=repr)
        else:
            found[field] = value
    return found


def member(item):
    return item["user"] if isinstance(item, dict) and item.keys() == {"user"} else item


def document(value):
    """A document with each list sorted and each single value a list of one."""
    if isinstance(value, dict):
        if isinstance(value.get("Statement"), dict):
            value = {**value, "Statement": [value["Statement"]]}
        return tuple(sorted((key, document(inner)) for key, inner in value.items()))
    items = value if isinstance(value, list) else [value]
    return tuple(
        sorted(
            {
                document(item) if isinstance(item, dict) else str(item).replace("True", "true")
                for item in items
            },
            key=repr,
        )
    )


names = st.sampled_from(["a", "b", "c", "d"])
ids = st.none() | st.sampled_from([f"AIDA{letter * 17}" for letter in "ABCD"])
statement = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]),
     "Action": st.sampled_from(["s3:A", "s3:B"]) | st.lists(st.sampled_from("xyz"), max_size=3)},
    optional={"Sid": st.sampled_from(["S", "T"]),
              "Condition": st.sampled_from([{"Bool": {"k": True}}, {"Bool": {"k": "true"}}])},
)  # fmt: skip
policy_document = st.fixed_dictionaries(
    {"Statement": statement | st.lists(statement, max_size=4)},
    optional={"Version": st.just("2012-10-17")},
)
attached = st.lists(names, unique=True, max_size=3)


def entity(**fields):
    return st.fixed_dictionaries(
        {}, optional={"path": st.sampled_from(["/", "/x/"]), "policies": attached, **fields}
    )


def with_ids(entities):
    """Entities of which no two have the same unique id."""
    return st.tuples(
        st.dictionaries(names, entities, max_size=4), st.lists(ids, min_size=4, max_size=4)
    ).map(lambda drawn: _numbered(*drawn))


def _numbered(entities, numbers):
    seen = set()
    for plain, number in zip(entities.values(), numbers, strict=False):
        if number is not None and number not in seen:
            plain["id"] = number
            seen.add(number)
    return entities


inline = st.dictionaries(names, policy_document, max_size=2)
members = names | st.builds(lambda user, until: {"user": user, "until": until}, names,
                           st.sampled_from(["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"])) \
    | st.builds(lambda user: {"user": user}, names)  # fmt: skip
directories = st.fixed_dictionaries(
    {"account": st.just({"id": "123456789012"})},
    optional={
        "users": with_ids(entity(tags=st.dictionaries(names, names, max_size=2), inline=inline)),
        "groups": with_ids(entity(
            inline=inline,
            members=st.lists(members, max_size=3, unique_by=lambda m: m if isinstance(m, str)
                             else m["user"]),
        )),
        "policies": with_ids(st.fixed_dictionaries({"document": policy_document})),
        "resources": st.dictionaries(names, policy_document, max_size=2),
        "mfa": with_ids(entity(user=names)),
    },
)  # fmt: skip
