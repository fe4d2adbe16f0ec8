Feature: Members take their own record along, and nobody else's
  A record leaves the service in many formats. Whichever a member asks for, it
  is the member's own; what stands in it is seen through every encoding.

  Background:
    Given the member runs the journey "Sign in"

  # Each member asks for each format at least once.
  @users(5)
  Scenario: A record in every format
    Given traffic at 50 TPS for 7 s
    When the member sends GET "/me/export?as=gzip"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=deflate"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=brotli"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=zstd"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=gzip-file"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=packed-field"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=latin-1"
    Then the response shows the member's own full_name
    When the member sends GET "/me/export?as=utf-16"
    Then the response shows the member's own full_name
    When the member sends GET "/me/export?as=escaped-json"
    Then the response shows the member's own full_name
    When the member sends GET "/me/export?as=json-in-json"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=json-lines"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=guarded-json"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=return-link"
    Then the response shows the member's own email
    When the member sends GET "/me/export?as=page"
    Then the response shows the member's own full_name
    When the member sends GET "/me/export?as=script"
    Then the response shows the member's own email
    When the member sends GET "/me/export?as=xml"
    Then the response shows the member's own full_name
    When the member sends GET "/me/export?as=csv"
    Then the response shows the member's own full_name
    When the member sends GET "/me/export?as=form"
    Then the response shows the member's own email
    When the member sends GET "/me/export?as=mail"
    Then the response shows the member's own email
    When the member sends GET "/me/export?as=vcard"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=quoted-vcard"
    Then the response shows the member's own full_name
    When the member sends GET "/me/export?as=events"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=base64"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=hex"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=bytes"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=cookie"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=token"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=encoded-word"
    Then the response shows the member's own full_name
    When the member sends GET "/me/export?as=reason"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=redirect"
    Then the response shows the member's own member_id
    When the member sends GET "/me/export?as=file-name"
    Then the response shows the member's own full_name
    When the member sends GET "/me/export?as=letter"
    Then the response shows the member's own phone
    When the member sends GET "/me/export?as=split-fields"
    Then the response shows the member's own phone
    When the member sends GET "/me/export?as=label"
    Then the response shows the member's own full_name
    And no member sees another member's data
    And there are no hazards
