Feature: A service that scales itself, and does it wrong

  Scenario: The policy follows the load
    Given 1 instance
    And the service scales by its own policy
    And 40 users
    And traffic in stages:
      | TPS | for  |
      | 8   | 3 s  |
      | 45  | 14 s |
      | 8   | 19 s |
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    And the service reaches at least 4 instances within 8 s of reaching 45 TPS
    And the service serves from at least 4 instances
    And the service comes back to 1 instance within 13 s of falling to 8 TPS
    And the number of instances changes at most 2 times
    And there are never more than 5 instances
    And there are never fewer than 1 instance
    And the error rate is at most 0 %

  Scenario: The policy takes instances away under load
    Given 1 instance
    And the service scales by its own policy
    And 60 users
    And traffic in stages:
      | TPS | for  |
      | 45  | 8 s  |
      | 16  | 16 s |
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    And the service comes back to 2 instances within 11 s of falling to 16 TPS
    And the error rate is at most 0 %

  Scenario: What the policy does is an event
    Given 1 instance
    And the service scales by its own policy
    And 20 users
    And traffic in stages:
      | TPS | for  |
      | 8   | 8 s  |
      | 45  | 12 s |
      | 8   | 22 s |
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When the policy scales the service out to 4 when the traffic reaches 45 TPS
    And the policy scales the service in to 1 after 20 s
    Then the service reaches 4 instances within 10 s
    And the service reaches 1 instance within 14 s
    And every session survives the scale events
    And the number of instances changes at most 2 times
    And the error rate is at most 0 %

  Scenario: Traffic in stages
    Given 20 users
    And traffic in stages:
      | TPS      | for |
      | 5        | 2 s |
      | 5 to 25  | 4 s |
      | 25       | 2 s |
      | 0        | 1 s |
      | 10       | 2 s |
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    And the throughput is at least 20 TPS
    And no member sees another member's data

  Scenario: A spike
    Given 20 users
    And traffic at 5 TPS for 8 s
    And traffic spikes to 30 TPS for 2 s after 4 s
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    And no member sees another member's data
