Feature: What looks like a leak and is none

  Background:
    Given the member runs the journey "Sign in"

  Scenario: A provider has a member's name
    When the member sends GET "/providers"
    Then the response status is 200
    And the body contains "Anna Schmidt"
    When the member sends GET "/me"
    Then the response shows the member's own member_id

  Scenario: Households share an address
    Given the fact "address" is shared within the group
    When the member sends GET "/me"
    Then the response shows the member's own address
    And the response identifies the member by JSON "$.memberId" as member_id

  Scenario: Members were born on the same day
    When the member sends GET "/me"
    Then JSON at "$.birthDate" is "1981-04-17"
    And the response shows the member's own full_name

  Scenario: Input comes back
    When the member sends GET "/search?q={{ other.full_name }}"
    Then JSON at "$.query" is "{{ other.full_name }}"
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Input comes back after a redirect
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with form:
      | slotId | {{ user.kept.slot }}                     |
      | reason | together with {{ other.email }} as usual |
    Then the response shows the member's own full_name

  Scenario: An instance is slow
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Instances come
    Given 2 instances
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When the service scales out to 4 after 2 s
    Then every session survives the scale events
    And the error rate is at most 0 %

  Scenario: Instances go when they have finished
    Given 4 instances
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When the service scales in to 2 after 2 s
    Then every session survives the scale events
    And the error rate is at most 0 %

  Scenario: Instances are lost
    Given 4 instances
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When the service scales in to 2 abruptly after 6 s
    Then every session survives the scale events
    And the error rate is at most 5 %

  Scenario: Figures are nobody's
    When the member sends GET "/figures"
    Then the response status is 200
    When the member sends GET "/me/card"
    Then the response shows the member's own phone

  Scenario: Input comes back in another form
    When the member sends GET "/search?q={{ other.phone | replace('+', '00') }}"
    Then the response status is 200
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.phone" as phone

  Scenario: What is shared and what is public is probed
    Given foreign access is probed for every kept id
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].providerId" as "provider"
    And the member sends GET "/providers/{{ user.kept.provider }}"
    Then the response status is 200
    When the member sends GET "/slots?provider={{ user.kept.provider }}&limit=1"
    Then the response shows the member's own email
    When the member sends POST "/documents" with JSON:
      """
      {"title": "Letter", "text": "for {{ user.canary }}"}
      """
    And the member keeps JSON "$.documentId" as own unique fact "document"
    And the member shares the facts "document, canary" with the other member by POST "/documents/{{ user.document }}/shares" with JSON:
      """
      {"memberId": "{{ other.member_id }}"}
      """
    And the member sends GET "/documents/{{ user.document }}"
    Then the response status is 200
    When the member sends GET "/documents/shared"
    Then the response status is 200
    When the member no longer shares the facts "document, canary" with the other member by DELETE "/documents/{{ user.document }}/shares/{{ other.member_id }}"
    Then the response status is 204
    When the member sends GET "/documents/shared"
    Then the response status is 200

  Scenario: Numbers that count for each member
    When the member keeps the text "1" as "count"
    And the member sends GET "/search?q={{ user.kept.count }}"
    And the member keeps JSON "$.query" as own fact "count"
    And the member sends GET "/search?q={{ user.count }}"
    Then JSON at "$.query" is "1"
    When the member sends GET "/me"
    Then the response shows the member's own email
