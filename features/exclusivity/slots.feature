@exclusivity
Feature: A slot belongs to one member
  All members want the earliest free slot. One of them gets it.

  Scenario: Members want the same slot
    Given the member runs the journey "Sign in"
    And traffic at 50 TPS for 10 s
    When the member sends GET "/slots?limit=1&earliest=true"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is one of 201, 409
    And "slot" "{{ user.kept.slot }}" now belongs to the member
    When the member sends GET "/me"
    Then the response shows the member's own email
    And no "slot" belongs to two members
    And no member sees another member's data
