@scale
Feature: The whole service goes down and comes back

  Scenario: Sessions are there again after an outage
    Given 20 users
    And 2 instances
    And traffic at 50 TPS for 21 s
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When the whole service is down for 1 s after 7 s
    Then the service recovers within 8 s
    And every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 60 %
