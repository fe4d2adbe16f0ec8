Feature: Booking an appointment
  A member finds a free slot, books it, sees the confirmation and cancels.
  The same text is a functional test with one member (`--functional`) and a
  load test with many.

  Background:
    Given the member runs the journey "Sign in"

  Scenario: Members book and cancel
    Given traffic at 50 TPS for 10 s
    When the member runs the journey "Book and cancel"
    Then no member sees another member's data
    And the error rate is at most 0.1 %
    And the 90th percentile is at most 500 ms

  Scenario: Members book by the form of the web site
    Given traffic at 50 TPS for 6 s
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with form:
      | slotId | {{ user.kept.slot }} |
      | reason | check-up             |
    Then the response status is 200
    And CSS selector "h1" exists
    And the response shows the member's own full_name
