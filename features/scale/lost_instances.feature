@scale
Feature: Instances that are lost, hang or are replaced

  Background:
    Given 3 instances
    And the member runs the journey "Sign in"

  Scenario: An instance is killed, and another one is added later
    Given traffic at 50 TPS for 15 s
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When 1 instance is killed after 6 s
    And the service scales out to 4 after 9 s
    Then the service reaches 4 instances within 5 s
    And every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 2 %

  Scenario: A zone is lost
    Given traffic at 50 TPS for 12 s
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When zone "b" is lost after 6 s
    Then every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 2 %

  Scenario: All instances are replaced, one after another
    Given traffic at 50 TPS for 16 s
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When the instances are replaced one by one after 5 s
    Then every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 0 %

  Scenario: An instance hangs for a while
    Given traffic at 50 TPS for 13 s
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When 1 instance hangs for 1 s after 6 s
    Then every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 2 %

  Scenario: Nothing happens, as a control
    Given traffic at 50 TPS for 10 s
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When nothing happens after 5 s
    Then every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 0 %
