Feature: What is shared is shared with the one it is meant for
  Members keep documents and share them with one other member for a while. The
  other one may read a document from the moment it is shared until that has ended,
  and nobody else ever may.

  Background:
    Given the member runs the journey "Sign in"

  Scenario: A document is shared for a while
    Given traffic at 50 TPS for 8 s
    And foreign access is probed for every kept id
    When the member sends POST "/documents" with JSON:
      """
      {"title": "Letter", "text": "Findings of {{ user.canary }}"}
      """
    Then the response status is 201
    And the member keeps JSON "$.documentId" as own unique fact "document"
    When the member shares the facts "document, canary" with the other member by POST "/documents/{{ user.document }}/shares" with JSON:
      """
      {"memberId": "{{ other.member_id }}"}
      """
    Then the response status is 204
    When the member sends GET "/documents/{{ user.document }}"
    Then the response shows the member's own canary
    When the member sends GET "/documents/shared"
    Then the response status is 200
    When the member no longer shares the facts "document, canary" with the other member by DELETE "/documents/{{ user.document }}/shares/{{ other.member_id }}"
    Then the response status is 204
    When the member sends GET "/documents/shared"
    Then the response status is 200
    And no member sees another member's data

  Scenario: Appointments are probed without a step for each
    Given traffic at 50 TPS for 7 s
    And foreign access is probed for every kept id
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is 201
    When the member keeps JSON "$.appointmentId" as "appointment"
    And the member sends GET "/appointments/{{ user.kept.appointment }}"
    Then the response status is 200
    When the member sends GET "/appointments/{{ user.kept.appointment }}/confirmation"
    Then the response shows the member's own full_name
