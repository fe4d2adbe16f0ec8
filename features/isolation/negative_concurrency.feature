Feature: What members must not be able to do
  Probes of other members' data while these are active, double submits, requests
  that nobody waits for, and two sessions of one member.

  Background:
    Given the member runs the journey "Sign in"

  Scenario: Other members' appointments are denied
    Given traffic at 50 TPS for 8 s
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is 201
    And the response identifies the member by JSON "$.memberId" as member_id
    When the member keeps JSON "$.appointmentId" as "appointment"
    And the member sends GET "/appointments/{{ other.kept.appointment }}"
    Then access is denied
    When the member sends GET "/appointments/{{ other.kept.appointment }}/confirmation"
    Then access is denied
    When the member sends DELETE "/appointments/{{ other.kept.appointment }}"
    Then access is denied
    When the member sends DELETE "/appointments/{{ user.kept.appointment }}"
    Then the response status is 204

  Scenario: A double submit books once
    Given traffic at 50 TPS for 6 s
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" 2 times at once with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then 1 of the responses has status 201
    And 1 of the responses has status 409

  Scenario: Requests that nobody waits for
    Given traffic at 50 TPS for 8 s
    And 20 % of requests are abandoned after 10 ms
    When the member sends GET "/providers/P-001/availability"
    Then the response status is 200
    When the member sends GET "/me"
    Then the response status is 200
    And the response shows the member's own member_id

  Scenario: Two sessions of one member
    Given traffic at 50 TPS for 6 s
    When the member opens a second session
    And the member signs in with POST "/session" with JSON:
      """
      {"email": "{{ user.email }}", "password": "{{ user.password }}"}
      """
    And the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When the member signs out with DELETE "/session"
    And the member goes on in session 1
    And the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
