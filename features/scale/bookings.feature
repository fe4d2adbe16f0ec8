@scale
Feature: What was booked outlives instances
  Members book while instances are killed, while all of them are down, and while the stores behind
  them are restarted. After the load everybody looks at their own list.

  Background:
    Given 3 instances
    And saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    And the member runs the journey "Sign in"

  Scenario: Instances are killed while members book
    Given traffic at 50 TPS for 14 s
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When 1 instance is killed after 5 s
    And 1 instance is killed after 8 s
    Then no saved "appointment" is lost
    And every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 5 %

  Scenario: The whole service is down while members book
    Given traffic at 50 TPS for 21 s
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the whole service is down for 1 s after 7 s
    Then the service recovers within 8 s
    And at most 0 saved "appointment" are lost
    And at most 1 s of saved data is lost
    And every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 60 %

  Scenario: Instances are lost at once while members book
    Given traffic at 50 TPS for 12 s
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the service scales in to 1 abruptly after 6 s
    Then no saved "appointment" is lost
    And at most 1 s of saved data is lost
    And every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 5 %

  @live @stack
  Scenario: The database is restarted while members book
    Given traffic at 50 TPS for 15 s
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When "postgres" is restarted after 7 s
    Then at most 0 saved "appointment" are lost
    And every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 60 %

  Scenario: Members want the same slot while instances are lost
    Given traffic at 50 TPS for 12 s
    When the member sends GET "/slots?limit=1&earliest=true"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is one of 201, 409
    And "slot" "{{ user.kept.slot }}" now belongs to the member
    When the service scales in to 1 abruptly after 5 s
    Then no "slot" belongs to two members
    And every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 5 %

  @live @stack
  Scenario: Members want the same slot while all is down, and while the database is restarted
    Given traffic at 50 TPS for 22 s
    When the member sends GET "/slots?limit=1&earliest=true"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is one of 201, 409
    And "slot" "{{ user.kept.slot }}" now belongs to the member
    When the whole service is down for 1 s after 6 s
    And "postgres" is restarted after 13 s
    Then no "slot" belongs to two members
    And every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 60 %
