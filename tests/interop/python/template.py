"""Writes a CloudFormation template as JSON, short forms of functions spelled out."""

import json
import sys

import yaml


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Reads YAML with the tags that stand for CloudFormation's functions."""


def function(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


# Dates are text in a template.
Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_yaml_str)
Loader.add_multi_constructor("!", function)

with open(sys.argv[1], encoding="utf-8") as template:
    json.dump(yaml.load(template, Loader), sys.stdout)
