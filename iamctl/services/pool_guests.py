"""What guests of an identity pool can do at most, whatever their role allows.

Cognito's enhanced flow gives every guest these session policies: the inline one of the Amazon
Cognito Developer Guide, "IAM roles", and an AWS managed policy. What one of them allows is
within bounds, as with all session policies.
"""

import json

_MANAGED = "arn:aws:iam::aws:policy/AmazonCognitoUnAuthedIdentitiesSessionPolicy"

_ACTIONS = (
    "cloudwatch:*",
    "logs:*",
    "dynamodb:*",
    "kinesis:*",
    "mobileanalytics:*",
    "s3:*",
    "ses:*",
    "sns:*",
    "sqs:*",
    "lambda:*",
    "machinelearning:*",
    "execute-api:*",
    "iot:*",
    "gamelift:*",
    "cognito-identity:*",
    "cognito-idp:*",
    "lex:*",
    "polly:*",
    "comprehend:*",
    "translate:*",
    "transcribe:*",
    "rekognition:*",
    "mobiletargeting:*",
    "firehose:*",
    "appsync:*",
    "personalize:*",
    "sagemaker:InvokeEndpoint",
    "cognito-sync:*",
    "codewhisperer:*",
    "textract:DetectDocumentText",
    "textract:AnalyzeDocument",
    "sdb:*",
)


def guest_policies() -> tuple[str, ...]:
    """The session policies of a guest: an ARN, and a document as JSON."""
    statement = {"Effect": "Allow", "Action": _ACTIONS, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return (_MANAGED, json.dumps(document, separators=(",", ":")))
