@scale
Feature: Scaling out

  Scenario: More instances take over a part of the load
    Given 2 instances
    And traffic at 50 TPS for 11 s
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When the service scales out to 4 after 4 s
    Then the service reaches 4 instances within 5 s
    And every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 0 %
