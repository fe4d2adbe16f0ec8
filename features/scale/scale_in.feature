@scale
Feature: Scaling in

  Background:
    Given 3 instances
    And traffic at 50 TPS for 11 s
    And the member runs the journey "Sign in"

  Scenario: Instances leave after they have finished
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When the service scales in to 1 after 4 s
    Then the service reaches 1 instances within 5 s
    And every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 0 %

  Scenario: Instances are lost abruptly
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When the service scales in to 1 abruptly after 6 s
    Then the service reaches 1 instances within 5 s
    And every session survives the scale events
    And no member sees another member's data
    And the error rate is at most 2 %
