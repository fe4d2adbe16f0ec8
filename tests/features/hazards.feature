Feature: What brings out hazards and outlived sessions

  Background:
    Given the member runs the journey "Sign in"

  Scenario: Profiles
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Bookings by form
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with form:
      | slotId | {{ user.kept.slot }} |
      | reason | check-up             |
    Then the response shows the member's own full_name

  @fresh-session
  Scenario: Sign-ins
    When the member sends GET "/me"
    Then the response shows the member's own email

  @fresh-session
  Scenario: Sign-outs
    When the member sends GET "/me"
    Then the response shows the member's own email
    When the member signs out with DELETE "/session"
    Then the response status is 204

  @fresh-session
  Scenario: Old sessions
    When the member sends GET "/me"
    And the member signs out with DELETE "/session"
    Then the member's old session no longer works

  @fresh-session
  Scenario: Disturbed sign-outs
    Given 100 % of sign-outs happen while a request is under way
    When the member sends GET "/me"
    And the member signs out with DELETE "/session"
    Then the response status is 204

  Scenario: Nobody is asked
    When the member sends GET "/me"
    Then the response shows the member's own email
    Then there are no hazards

  Scenario: Questions
    When the member sends GET "/providers/P-001/availability"
    And the member sends GET "/providers/P-002/availability"
    And the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Large answers
    When the member sends GET "/slots?limit=100"
    And the member sends GET "/me"
    Then the response shows the member's own email
