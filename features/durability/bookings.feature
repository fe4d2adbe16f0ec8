@durability
Feature: What was booked lasts
  Members book and cancel. After the load everybody looks at their own list:
  what was acknowledged is there, what was cancelled is not.

  Background:
    Given saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    And the member runs the journey "Sign in"

  Scenario: Members book, look and cancel
    Given 2 instances
    And traffic at 50 TPS for 8 s
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is 201
    And the member keeps JSON "$.appointmentId" as "first"
    And "appointment" "{{ user.kept.first }}" of the member is saved
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "follow-up"}
      """
    Then the response status is 201
    And the member keeps JSON "$.appointmentId" as "second"
    And "appointment" "{{ user.kept.second }}" of the member is saved
    When the member sends GET "/appointments"
    Then the response status is 200
    When the member sends DELETE "/appointments/{{ user.kept.first }}"
    Then the response status is 204
    And "appointment" "{{ user.kept.first }}" of the member is deleted
    Then no saved "appointment" is lost
    And every member reads their own writes
    And no member sees another member's data

  Scenario: Bookings survive the loss of instances
    Given 3 instances
    And traffic at 50 TPS for 9 s
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is 201
    And the member keeps JSON "$.appointmentId" as "appointment"
    And "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends GET "/me"
    Then the response shows the member's own email
    When the service scales in to 1 abruptly after 4 s
    Then no saved "appointment" is lost
    And the error rate is at most 5 %
