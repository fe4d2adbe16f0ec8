Feature: What shows that a service cannot be scaled
  Each scenario does one thing to the stack that a planted defect does not
  stand, and asks for what the defect breaks.

  Background:
    Given saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    And the member runs the journey "Sign in"

  Scenario: Instances leave
    Given 3 instances
    And 20 users
    And traffic at 50 TPS for 11 s
    When the member sends GET "/me"
    Then the response shows the member's own email
    When the service scales in to 1 after 4 s
    Then every session survives the scale events
    And the error rate is at most 0 %

  Scenario: Instances come
    Given 2 instances
    And 20 users
    And traffic at 50 TPS for 11 s
    When the member sends GET "/me"
    Then the response shows the member's own email
    When the service scales out to 4 after 4 s
    Then every session survives the scale events
    And the error rate is at most 0 %

  Scenario: Instances leave slowly
    Given 2 instances
    And 60 users
    And traffic at 50 TPS for 13 s
    When the member sends GET "/me"
    Then the response shows the member's own email
    When the service scales in to 1 after 3 s
    Then the service reaches 1 instance within 3 s
    And every session survives the scale events

  Scenario: Bookings and a kill
    Given 3 instances
    And 20 users
    And traffic at 50 TPS for 11 s
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends GET "/me"
    Then the response shows the member's own email
    When 2 instances are killed after 5 s
    Then every session survives the scale events
    And the error rate is at most 5 %

  Scenario: Lists and a kill
    Given 2 instances
    And 20 users
    And traffic at 50 TPS for 12 s
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends GET "/appointments"
    Then the response status is 200
    When 1 instance is killed after 4 s
    Then every session survives the scale events
    And the error rate is at most 5 %

  Scenario: Sessions and their store
    Given 2 instances
    And 20 users
    And traffic at 50 TPS for 14 s
    When the member sends GET "/me"
    Then the response shows the member's own email
    When "redis" is restarted after 5 s
    Then every session survives the scale events
    And the error rate is at most 60 %

  Scenario: Bookings and their store
    Given 2 instances
    And 20 users
    And traffic at 50 TPS for 14 s
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends GET "/me"
    Then the response shows the member's own email
    When "postgres" is restarted after 5 s
    Then no saved "appointment" is lost
    And the error rate is at most 60 %

  Scenario: The policy follows the load
    Given 1 instance
    And the service scales by its own policy
    And 20 users
    And traffic in stages:
      | TPS | for  |
      | 8   | 3 s  |
      | 45  | 12 s |
    When the member sends GET "/me"
    Then the response shows the member's own email
    And the service reaches at least 3 instances within 8 s of reaching 45 TPS
    And the service serves from at least 3 instances

  Scenario: The policy takes instances away under load
    Given 1 instance
    And the service scales by its own policy
    And 60 users
    And traffic in stages:
      | TPS | for  |
      | 45  | 6 s  |
      | 20  | 16 s |
    When the member sends GET "/me"
    Then the response shows the member's own email
    And the service comes back to 2 instances within 12 s of falling to 20 TPS
    And the error rate is at most 0 %

  Scenario: Everything is asked of a kill
    Given 3 instances
    And 60 users
    And traffic at 50 TPS for 26 s
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends GET "/me"
    Then the response shows the member's own email
    When 1 instance is killed after 11 s
    Then the error rate during the scale events is at most 30 %
    And at least 1 request is exposed to the scale events
    And no error burst is longer than 3 s
    And the 90th percentile is at most 2 s for "/me" during scale events
    And the service recovers within 8 s
    And at most 1 s of saved data is lost
    And responses degrade at most 50 % after the scale events
    And every instance gets its fair share
    And at most 5 % of sessions are lost
    And every session survives the scale events
