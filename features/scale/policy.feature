@scale
Feature: The service scales itself

  @virtualized @nightly @stack
  Scenario: More instances come with the load, and go with it
    Given 1 instance
    And the service scales by its own policy
    And traffic in stages:
      | TPS      | for  |
      | 8        | 5 s  |
      | 8 to 45  | 4 s  |
      | 45       | 11 s |
      | 8        | 18 s |
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    And the service reaches at least 4 instances within 7 s of reaching 45 TPS
    And the service serves from at least 4 instances
    And the service comes back to 1 instance within 15 s of falling to 8 TPS
    And the number of instances changes at most 2 times
    And there are never more than 5 instances
    And there are never fewer than 1 instance
    And every session survives
    And no member sees another member's data
    And the error rate is at most 0 %

  # One instance is enough for 3 TPS there.
  @live
  Scenario: More instances come with a load of 5 TPS, and go with it
    Given 1 instance
    And 4 users
    And the service scales by its own policy
    And traffic in stages:
      | TPS | for  |
      | 1   | 6 s  |
      | 5   | 16 s |
      | 1   | 18 s |
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    And the service reaches at least 2 instances within 9 s of reaching 5 TPS
    And the service serves from at least 2 instances
    And the service comes back to 1 instance within 13 s of falling to 1 TPS
    And the number of instances changes at most 2 times
    And there are never more than 2 instances
    And there are never fewer than 1 instance
    And every session survives
    And no member sees another member's data
    And the error rate is at most 0 %
